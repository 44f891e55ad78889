using Pipeline.FeatureStore.Datasets;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>A finished feature set, its shards mapped and verified. Safe for any number of readers.</summary>
public sealed class FeatureSet : IDisposable
{
    /// <summary>What the set holds.</summary>
    public FeatureSetManifest Manifest => throw new NotSupportedException("Not built yet.");

    /// <summary>The class names in the order of the labels.</summary>
    public IReadOnlyList<string> Classes => Manifest.Classes;

    /// <summary>Maps the shards of a manifest and verifies every byte of them.</summary>
    public static Task<FeatureSet> OpenAsync(IBlobStore blobs, string manifestBlob, CancellationToken cancellationToken) => throw new NotSupportedException("Not built yet.");

    /// <summary>Rows of a split.</summary>
    public int CountOf(Split split) => throw new NotSupportedException("Not built yet.");

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException("Not built yet.");
}
