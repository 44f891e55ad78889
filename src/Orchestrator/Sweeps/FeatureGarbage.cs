using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>
/// Finds what is left of feature sets that nobody finishes: blobs of a set without a manifest that no sweep under way uses, and shards that a set's
/// manifest does not name.
/// </summary>
public static class FeatureGarbage
{
    private const string Folder = "features/";

    /// <summary>The keys of the blobs that nothing names, in ordinal order.</summary>
    /// <param name="blobs">The store.</param>
    /// <param name="state">The sweeps; null where there are none.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="CorruptDataException">A manifest cannot be read, so that it is not known what it names.</exception>
    public static async Task<IReadOnlyList<string>> FindAsync(IBlobStore blobs, StateDatabase? state, CancellationToken cancellationToken)
    {
        // The blobs first: a sweep that is submitted after that has stored nothing that is in the list.
        IReadOnlyList<string> keys = await blobs.ListAsync(Folder, cancellationToken);
        IReadOnlyList<SweepRecord> sweeps = state is null ? [] : await state.ReadAsync(static t => new SweepStore(t).ListAsync(), cancellationToken);
        HashSet<string> alive = [.. sweeps.Where(static s => !Lifecycles.Sweep.IsFinal(s.State)).Select(static s => s.FeatureSet.Value)];
        List<string> garbage = [];
        foreach (IGrouping<string, string> set in keys.Where(static key => key.Split('/').Length == 3).GroupBy(static key => key.Split('/')[1]).Where(set => !alive.Contains(set.Key)))
        {
            byte[]? manifest = await blobs.TryGetAsync($"{Folder}{set.Key}/manifest.json", cancellationToken);
            garbage.AddRange(manifest is null ? set : set.Except(Named(FeatureSetManifest.FromBytes(manifest))));
        }

        return garbage;
    }

    private static IEnumerable<string> Named(FeatureSetManifest manifest) =>
        manifest.Shards.Select(static shard => shard.Blob).Append(FeatureSetManifest.BlobKey(manifest.Id)).Append(FeatureSetPlan.BlobKeyOf(manifest.Id));
}
