using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The recipe of a feature set.</summary>
/// <param name="Data">Where the clips come from.</param>
/// <param name="FrontEnd">The front end's versioned name.</param>
/// <param name="Augment">The augmentation chain; null where there is none.</param>
public sealed record FeatureSetDefinition(DataDefinition Data, string FrontEnd, AugmentSpec? Augment)
{
    /// <summary>How features are stored; null: as <see cref="RowFormat.Features"/>. A set of audio says nothing here.</summary>
    public RowFormat? Type { get; init; }
}
