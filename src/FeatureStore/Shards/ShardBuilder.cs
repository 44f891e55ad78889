using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Parquet;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Builds shards. The bytes of a shard are a pure function of the plan and of the recordings that it names.</summary>
public static class ShardBuilder
{
    /// <summary>The key under which a shard is stored.</summary>
    public static string BlobKey(FeatureSetId id, int shard) => $"{FeatureSetManifest.Folder}{id}/shard-{shard:d5}.parquet";

    /// <summary>Gives a shard that is there already and whole, and else builds it: what is there is never written again.</summary>
    /// <exception cref="BadInputException">A recording is gone, or is not the one that was planned.</exception>
    public static async Task<ShardResult> EnsureAsync(IBlobStore blobs, FeatureSetPlan plan, int shard, CancellationToken cancellationToken) =>
        await TryFindAsync(blobs, PlannedShard.Of(plan)[shard], cancellationToken) ?? await BuildAsync(blobs, plan, shard, cancellationToken);

    /// <summary>
    /// Builds one shard and publishes it as a blob, whole or not at all. Building it again gives the same bytes. A shard of a set that the plan goes
    /// on from is built as for that set, under its key.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The plan has no such shard.</exception>
    /// <exception cref="BadInputException">A recording is gone, or is not the one that was planned.</exception>
    public static async Task<ShardResult> BuildAsync(IBlobStore blobs, FeatureSetPlan plan, int shard, CancellationToken cancellationToken)
    {
        IReadOnlyList<PlannedShard> shards = PlannedShard.Of(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, shards.Count);
        PlannedShard planned = shards[shard];
        ShardResult? result = null;
        await blobs.PutFileAsync(
            planned.Blob,
            (path, token) => Task.Run(() => result = Write(path, planned, token), token),
            cancellationToken);
        return result!;
    }

    /// <summary>A shard that was built before; null where there is none, or it is not whole.</summary>
    internal static async Task<ShardResult?> TryFindAsync(IBlobStore blobs, PlannedShard planned, CancellationToken cancellationToken)
    {
        if (await BlobBytes.OpenAsync(blobs, planned.Blob, cancellationToken) is not { } bytes)
        {
            return null;
        }

        try
        {
            ShardIndex index = await ShardIndexReader.ReadAsync(bytes, cancellationToken);
            return index.Rows.Count == planned.Rows && index.Pages.TensorBytes == planned.Plan.RowBytes && index.Metadata.GetValueOrDefault("featureSet") == planned.Plan.Id.Value
                ? new(planned.Number, planned.Blob, index.Rows.Count, bytes.Length, index.Sha256)
                : null;
        }
        catch (CorruptDataException)
        {
            // It is built again, to the bytes that it should have.
            return null;
        }
    }

    private static ShardResult Write(string path, PlannedShard shard, CancellationToken cancellationToken)
    {
        FeatureSetPlan plan = shard.Plan;
        using var rows = new RowBuilder(plan);
        int first = shard.FirstRow, end = first + shard.Rows;
        using FileStream file = ParquetShardWriter.CreateFile(path, shard.Rows, plan.RowBytes);
        using var writer = new ParquetShardWriter(file, plan.RowBytes, Metadata(plan));
        var tensor = new byte[plan.RowBytes];
        int at = 0;
        foreach (PlannedClip clip in plan.Clips.Skip(shard.FirstClip))
        {
            for (int row = Math.Max(0, first - at); row < Math.Min(clip.Rows, end - at); row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int copy = clip.FirstCopy + row, length = rows.Build(clip, copy, tensor);
                writer.Append(new(clip.Id, clip.Label, clip.Word, clip.Speaker, SplitNames.Of(clip.Split), copy, length), tensor);
            }

            at += clip.Rows;
            if (at >= end)
            {
                break;
            }
        }

        (long bytes, string sha256) = writer.Complete();
        return new(shard.Number, shard.Blob, shard.Rows, bytes, sha256);
    }

    private static List<KeyValuePair<string, string>> Metadata(FeatureSetPlan plan) =>
    [
        new("featureSet", plan.Id.Value),
        new("format", $"{plan.Format}"),
        new("content", plan.Content == ShardContent.Audio ? "audio" : "features"),
        new("elementType", plan.RowFormat.Type.ToString().ToLowerInvariant()),
        .. Range(plan.RowFormat),
        new("shape", $"[{string.Join(", ", plan.Shape)}]"),
        new("frontEnd", plan.FrontEnd ?? ""),
        new("sampleRate", $"{plan.SampleRate}"),
        new("classes", string.Join(",", plan.Classes)),
    ];

    private static IEnumerable<KeyValuePair<string, string>> Range(RowFormat format) => format is { Min: { } min, Max: { } max }
        ? [new("min", min.ToString("r", CultureInfo.InvariantCulture)), new("max", max.ToString("r", CultureInfo.InvariantCulture))]
        : [];
}
