using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Promotions;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A sweep that was checked whole: its trials and the plan of its features stand.</summary>
public sealed record PreparedSweep
{
    /// <summary>The sweep's id: equal for equal definitions, data and code.</summary>
    public required SweepId Id { get; init; }

    /// <summary>The sweep, every default filled in.</summary>
    public required SweepDefinition Definition { get; init; }

    /// <summary>The plan of its feature set.</summary>
    public required FeatureSetPlan Plan { get; init; }

    /// <summary>Its trials in order.</summary>
    public required IReadOnlyList<PlannedTrial> Trials { get; init; }

    /// <summary>The version of the code that decides results.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>What is done with its best version; null: nothing.</summary>
    public DeploySpec? Deploy { get; init; }

    /// <summary>Prepares a sweep whose features are planned.</summary>
    public static PreparedSweep Create(SweepDefinition definition, FeatureSetPlan plan, string codeVersion, DeploySpec? deploy = null)
    {
        SweepId id = TrialPlanner.IdOf(definition, plan.Id, codeVersion);
        return new PreparedSweep
        {
            Id = id,
            Definition = definition,
            Plan = plan,
            Trials = TrialPlanner.Plan(definition, id, plan.Id),
            CodeVersion = codeVersion,
            Deploy = deploy,
        };
    }
}
