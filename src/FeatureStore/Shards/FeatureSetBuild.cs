using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>How far a build is.</summary>
/// <param name="Shards">Shards that are there.</param>
/// <param name="ShardCount">Shards of the set.</param>
/// <param name="Bytes">Bytes of those that are there.</param>
/// <param name="ClipsPerSecond">Rows a second, of those built now.</param>
/// <param name="Left">Time left at this rate.</param>
public sealed record BuildProgress(int Shards, int ShardCount, long Bytes, double ClipsPerSecond, TimeSpan Left);

/// <summary>Builds a feature set in this process, on all cores. One that was cut off goes on: shards that are there are kept.</summary>
public static class FeatureSetBuild
{
    /// <summary>Builds the shards that are missing and publishes the manifest.</summary>
    /// <exception cref="NoRoomException">There is no room for the set; nothing was built.</exception>
    /// <exception cref="BadInputException">A recording is gone, or is not the one that was planned.</exception>
    public static async Task<FeatureSetManifest> RunAsync(IBlobStore blobs, FeatureSetPlan plan, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        await blobs.PutAsync(plan.BlobKey, plan.ToBytes(), cancellationToken);
        ShardResult?[] shards = await FindAsync(blobs, plan, cancellationToken);
        CheckRoom(plan, BytesOf(shards), blobs.Room);
        long started = Stopwatch.GetTimestamp(), built = 0;
        await Parallel.ForAsync(0, shards.Length, cancellationToken, async (i, token) =>
        {
            if (shards[i] is null)
            {
                shards[i] = await ShardBuilder.BuildAsync(blobs, plan, i, token);
                double rate = Interlocked.Add(ref built, shards[i]!.Rows) / Stopwatch.GetElapsedTime(started).TotalSeconds;
                progress?.Report(Progress(plan, shards, rate));
            }
        });
        FeatureSetManifest manifest = FeatureSetManifest.Create(plan, shards!);
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), manifest.ToBytes(), cancellationToken);
        return manifest;
    }

    /// <summary>Refuses a set for which there is no room, beside those of its shards that are there.</summary>
    /// <exception cref="NoRoomException">The shards that are missing need more.</exception>
    public static async Task CheckRoomAsync(IBlobStore blobs, FeatureSetPlan plan, CancellationToken cancellationToken)
    {
        // Looking for shards takes a read of each: not where there is room for all.
        if (plan.EstimatedBytes > blobs.Room?.FreeBytes)
        {
            CheckRoom(plan, BytesOf(await FindAsync(blobs, plan, cancellationToken)), blobs.Room);
        }
    }

    /// <summary>Refuses a set for which there is no room.</summary>
    /// <param name="plan">The set.</param>
    /// <param name="builtBytes">Bytes of its shards that are there.</param>
    /// <param name="room">What is left where they go; null: no limit is known.</param>
    /// <exception cref="NoRoomException">The shards that are missing need more.</exception>
    public static void CheckRoom(FeatureSetPlan plan, long builtBytes, DiskRoom? room)
    {
        long needed = plan.EstimatedBytes - builtBytes;
        if (room is not null && needed > room.FreeBytes)
        {
            throw new NoRoomException(
                $"Feature set {plan.Id} needs about {Bytes(needed)} more, but on the disk of {room.Folder} there is room for {Bytes(room.FreeBytes)}. " +
                "Free some space, or name another place under blobs in pipeline.yaml, and run the same command again.");
        }
    }

    private static async Task<ShardResult?[]> FindAsync(IBlobStore blobs, FeatureSetPlan plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<PlannedShard> planned = PlannedShard.Of(plan);
        var found = new ShardResult?[planned.Count];
        await Parallel.ForAsync(0, found.Length, cancellationToken, async (i, token) => found[i] = await ShardBuilder.TryFindAsync(blobs, planned[i], token));
        return found;
    }

    private static long BytesOf(IEnumerable<ShardResult?> shards) => shards.Sum(static shard => shard?.Bytes ?? 0);

    private static BuildProgress Progress(FeatureSetPlan plan, ShardResult?[] shards, double rate)
    {
        ShardResult[] done = [.. shards.OfType<ShardResult>()];
        return new(done.Length, shards.Length, done.Sum(static shard => shard.Bytes), rate, TimeSpan.FromSeconds((plan.RowCount - done.Sum(static shard => shard.Rows)) / rate));
    }

    private static string Bytes(long bytes) => bytes < 1e9
        ? (bytes / 1e6).ToString("f1", CultureInfo.InvariantCulture) + " MB"
        : (bytes / 1e9).ToString("f2", CultureInfo.InvariantCulture) + " GB";
}
