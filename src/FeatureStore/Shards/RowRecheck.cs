using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Makes rows of a finished feature set again from their recordings and compares the bytes.</summary>
public static class RowRecheck
{
    /// <summary>Draws rows and compares them.</summary>
    /// <param name="set">The finished set.</param>
    /// <param name="plan">The plan that it was built from.</param>
    /// <param name="count">Rows to compare, each drawn from all rows of the set.</param>
    /// <param name="seed">Decides the rows.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="CorruptDataException">A row is not what its recording makes; the message names shard, row, clip and copy.</exception>
    /// <exception cref="BadInputException">A recording is gone, or is not the one that was planned.</exception>
    public static void Compare(FeatureSet set, FeatureSetPlan plan, int count, ulong seed, CancellationToken cancellationToken)
    {
        // A copy was made with the noise and the clips to mix in that its shard's set had.
        IReadOnlyList<PlannedShard> shards = PlannedShard.Of(plan);
        Dictionary<FeatureSetId, RowBuilder> builders = shards.Select(static shard => shard.Plan).DistinctBy(static set => set.Id)
            .ToDictionary(static set => set.Id, static set => new RowBuilder(set));
        try
        {
            Compare(set, plan, count, seed, row => builders[shards[row.Shard].Plan.Id], cancellationToken);
        }
        finally
        {
            foreach (RowBuilder builder in builders.Values)
            {
                builder.Dispose();
            }
        }
    }

    private static void Compare(FeatureSet set, FeatureSetPlan plan, int count, ulong seed, Func<SetRow, RowBuilder> builderOf, CancellationToken cancellationToken)
    {
        Dictionary<string, PlannedClip> clips = plan.Clips.DistinctBy(static clip => clip.Id).ToDictionary(static clip => clip.Id, StringComparer.Ordinal);
        SetRow[] rows = [.. Enum.GetValues<Split>().SelectMany(split => set.RowsOf(split).ToArray())];
        StableRandom random = StableRandom.For(seed, "recheck");
        var tensor = new byte[plan.RowBytes];
        for (int i = 0; i < count && rows.Length > 0; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SetRow row = rows[random.NextInt(rows.Length)];
            ShardRow labels = set.LabelsOf(row);
            builderOf(row).Build(clips[labels.Clip], labels.Copy, tensor);
            if (!set.Tensor(row).SequenceEqual(tensor))
            {
                throw new CorruptDataException(
                    $"Row {row.Row} of shard {row.Shard} of feature set {plan.Id} is not what copy {labels.Copy} of '{labels.Clip}' gives now. "
                    + "Expected the same bytes: the program's version or the processor's arithmetic differs from those that built it. Build the set again.");
            }
        }
    }
}
