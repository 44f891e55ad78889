using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Builds feature sets for tests.</summary>
internal static class Sets
{
    public static async Task<FeatureSet> BuildAsync(IBlobStore blobs, FeatureSetPlan plan)
    {
        var results = new List<ShardResult>();
        // From the last to the first: the order must not matter.
        for (int shard = plan.ShardCount - 1; shard >= 0; shard--)
        {
            results.Add(await ShardBuilder.BuildAsync(blobs, plan, shard, CancellationToken.None));
        }

        string key = FeatureSetManifest.BlobKey(plan.Id);
        await blobs.PutAsync(key, FeatureSetManifest.Create(plan, results).ToBytes(), CancellationToken.None);
        return await FeatureSet.OpenAsync(blobs, key, CancellationToken.None);
    }
}
