using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>
/// Finds what is left of feature sets that nobody finishes. A blob is alive while a manifest names it, whichever set's folder it lies in, or a sweep under
/// way needs it: a set that goes on from another has shards in the other's folder.
/// </summary>
public static class FeatureGarbage
{
    /// <summary>The keys of the blobs that nothing names, in ordinal order.</summary>
    /// <param name="blobs">The store.</param>
    /// <param name="state">The sweeps; null where there are none.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="CorruptDataException">A manifest or a plan cannot be read, so that it is not known what it names.</exception>
    public static async Task<IReadOnlyList<string>> FindAsync(IBlobStore blobs, StateDatabase? state, CancellationToken cancellationToken)
    {
        // The blobs first: a sweep that is submitted after that has stored nothing that is in the list.
        string[] keys = [.. (await blobs.ListAsync(FeatureSetManifest.Folder, cancellationToken)).Where(static key => key.Split('/').Length == 3)];
        IReadOnlyList<SweepRecord> sweeps = state is null ? [] : await state.ReadAsync(static t => new SweepStore(t).ListAsync(), cancellationToken);
        FeatureSetId[] underWay = [.. sweeps.Where(static s => !Lifecycles.Sweep.IsFinal(s.State)).Select(static s => s.FeatureSet).Distinct()];
        HashSet<string> named = [];
        foreach (string set in keys.Select(static key => key.Split('/')[1]).Distinct())
        {
            if (FeatureSetId.IsId(set) && await blobs.TryGetAsync(FeatureSetManifest.BlobKey(new(set)), cancellationToken) is { } manifest)
            {
                named.UnionWith(Named(FeatureSetManifest.FromBytes(manifest)));
            }
        }

        foreach (FeatureSetId set in underWay)
        {
            if (await blobs.TryGetAsync(FeatureSetPlan.BlobKeyOf(set), cancellationToken) is { } plan)
            {
                named.UnionWith(Named(FeatureSetPlan.FromBytes(plan)));
            }
        }

        HashSet<string> folders = [.. underWay.Select(static set => set.Value)];
        return [.. keys.Where(key => !named.Contains(key) && !folders.Contains(key.Split('/')[1]))];
    }

    // A recipe that extends a built set is planned from that set's plan.
    private static IEnumerable<string> Named(FeatureSetManifest manifest) =>
        [.. manifest.Shards.Select(static shard => shard.Blob), FeatureSetManifest.BlobKey(manifest.Id), .. (manifest.Extends ?? []).Append(manifest.Id).Select(FeatureSetPlan.BlobKeyOf)];

    private static IEnumerable<string> Named(FeatureSetPlan plan) =>
        [.. PlannedShard.Of(plan).Select(static shard => shard.Blob), .. (plan.Extends ?? []).Select(static set => FeatureSetPlan.BlobKeyOf(set.Id))];
}
