namespace Pipeline.FeatureStore.Shards;

/// <summary>How far planning is.</summary>
/// <param name="Stage">What is being done, for people.</param>
/// <param name="Done">Items done.</param>
/// <param name="Total">Items in all.</param>
public sealed record PlanProgress(string Stage, int Done, int Total);

/// <summary>Turns a recipe into a plan: finds (or synthesises) the clips, checks and hashes every one, and names the set.</summary>
public static class FeatureSetPlanner
{
    /// <summary>Plans a feature set. <paramref name="dataFolder"/> is where synthesised data is kept.</summary>
    public static Task<FeatureSetPlan> PlanAsync(
        FeatureSetDefinition definition, string dataFolder, IProgress<PlanProgress>? progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Not built yet.");
}
