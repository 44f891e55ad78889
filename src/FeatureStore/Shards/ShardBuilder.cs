using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Builds shards. The bytes of a shard are a pure function of the plan.</summary>
public static class ShardBuilder
{
    /// <summary>Builds one shard and publishes it as a blob.</summary>
    public static Task<ShardResult> BuildAsync(IBlobStore blobs, FeatureSetPlan plan, int shard, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Not built yet.");
}
