namespace Pipeline.FeatureStore.Shards;

/// <summary>A shard of a plan.</summary>
/// <param name="Number">Its number in the plan, from 0.</param>
/// <param name="Plan">The plan of the set that it belongs to, which decides its bytes: the plan asked, or that of a set that this goes on from.</param>
/// <param name="Blob">The key under which it is stored.</param>
/// <param name="FirstClip">The first clip of <paramref name="Plan"/> that no older set has.</param>
/// <param name="FirstRow">Its first row, counted from the first of that clip.</param>
/// <param name="Rows">Its rows.</param>
public sealed record PlannedShard(int Number, FeatureSetPlan Plan, string Blob, int FirstClip, int FirstRow, int Rows)
{
    /// <summary>The shards of a plan in order: those of the sets that it goes on from, then its own.</summary>
    public static IReadOnlyList<PlannedShard> Of(FeatureSetPlan plan)
    {
        List<PlannedShard> shards = [];
        int firstClip = 0;
        foreach (FeatureSetPlan set in plan.Generations())
        {
            int rows = set.Clips.Skip(firstClip).Sum(static clip => clip.Rows);
            for (int first = 0; first < rows; first += set.RowsPerShard)
            {
                shards.Add(new(shards.Count, set, ShardBuilder.BlobKey(set.Id, first / set.RowsPerShard), firstClip, first, Math.Min(set.RowsPerShard, rows - first)));
            }

            firstClip = set.Clips.Count;
        }

        return shards;
    }
}
