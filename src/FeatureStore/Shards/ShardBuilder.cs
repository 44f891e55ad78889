using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Parquet;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Builds shards. The bytes of a shard are a pure function of the plan and of the recordings that it names.</summary>
public static class ShardBuilder
{
    /// <summary>The key under which a shard is stored.</summary>
    public static string BlobKey(FeatureSetId id, int shard) => $"features/{id}/shard-{shard:d5}.parquet";

    /// <summary>Builds one shard and publishes it as a blob, whole or not at all. Building it again gives the same bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The plan has no such shard.</exception>
    /// <exception cref="BadInputException">A recording is gone, or is not the one that was planned.</exception>
    public static async Task<ShardResult> BuildAsync(IBlobStore blobs, FeatureSetPlan plan, int shard, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, plan.ShardCount);
        string key = BlobKey(plan.Id, shard);
        ShardResult? result = null;
        await blobs.PutFileAsync(
            key,
            (path, token) => Task.Run(() => result = Write(path, key, plan, shard, token), token),
            cancellationToken);
        return result!;
    }

    private static ShardResult Write(string path, string key, FeatureSetPlan plan, int shard, CancellationToken cancellationToken)
    {
        using var rows = new RowBuilder(plan);
        int first = shard * plan.RowsPerShard, end = Math.Min(first + plan.RowsPerShard, plan.RowCount);
        using FileStream file = ParquetShardWriter.CreateFile(path, end - first, plan.RowBytes);
        using var writer = new ParquetShardWriter(file, plan.RowBytes, Metadata(plan));
        var tensor = new byte[plan.RowBytes];
        int at = 0;
        foreach (PlannedClip clip in plan.Clips)
        {
            for (int copy = Math.Max(0, first - at); copy < Math.Min(clip.Rows, end - at); copy++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int length = rows.Build(clip, copy, tensor);
                writer.Append(new(clip.Id, clip.Label, clip.Word, clip.Speaker, SplitNames.Of(clip.Split), copy, length), tensor);
            }

            at += clip.Rows;
            if (at >= end)
            {
                break;
            }
        }

        (long bytes, string sha256) = writer.Complete();
        return new(shard, key, end - first, bytes, sha256);
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
