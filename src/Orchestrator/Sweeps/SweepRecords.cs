using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A sweep as it is stored.</summary>
internal sealed record SweepRecord
{
    public required SweepId Id { get; init; }

    public required SweepDefinition Definition { get; init; }

    public required FeatureSetId FeatureSet { get; init; }

    /// <summary>Shards of its feature set.</summary>
    public required int Shards { get; init; }

    public required string CodeVersion { get; init; }

    public required DateTimeOffset Submitted { get; init; }

    public SweepState State { get; init; } = SweepState.Preparing;

    public string? Failure { get; init; }

    /// <summary>The version that the best trial became.</summary>
    public long? RegisteredVersion { get; init; }

    /// <summary>What is done with that version; null: nothing.</summary>
    public DeploySpec? Deploy { get; init; }
}

/// <summary>A trial as it is stored.</summary>
internal sealed record TrialRecord
{
    public required int Number { get; init; }

    public required int Configuration { get; init; }

    public required TrialState State { get; init; }

    public required SortedDictionary<string, ParameterValue> Parameters { get; init; }

    public required TrialSpec Spec { get; init; }

    /// <summary>The last epoch accepted, from 1; 0 before the first.</summary>
    public int Epoch { get; init; }

    /// <summary>What was measured in that epoch.</summary>
    public SortedDictionary<string, double>? Metrics { get; init; }

    public double? ClipsPerSecond { get; init; }

    public TrialResult? Result { get; init; }

    public string? Failure { get; init; }

    public bool IsFinal => Lifecycles.Trial.IsFinal(State);

    /// <summary>The objective's value; null where there is none yet, or where it is not a number.</summary>
    public double? Objective(ObjectiveSpec objective) =>
        Result is { } result && result.Metrics.TryGetValue(objective.Metric, out double value) && double.IsFinite(value) ? value : null;

    /// <summary>The best of the trials; the first among equals; null where none has a value.</summary>
    public static TrialRecord? Best(IEnumerable<TrialRecord> trials, ObjectiveSpec objective) => trials
        .Where(t => t.State == TrialState.Succeeded && t.Objective(objective) is not null)
        .OrderBy(t => objective.Maximize ? -t.Objective(objective)!.Value : t.Objective(objective)!.Value)
        .ThenBy(static t => t.Number)
        .FirstOrDefault();
}
