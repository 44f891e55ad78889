using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>What the next step of a sweep is decided by.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="FeatureSetReady">Whether the feature set's manifest is published.</param>
/// <param name="Shards">The shard tasks of its feature set.</param>
/// <param name="OpenTrials">How many of its trials have not ended.</param>
/// <param name="Trials">Its trials, once none is open.</param>
/// <param name="Builds">The builds of its version for its targets.</param>
internal sealed record SweepSnapshot(
    SweepRecord Sweep,
    bool FeatureSetReady,
    IReadOnlyList<TaskRecord> Shards,
    int OpenTrials,
    IReadOnlyList<TrialRecord> Trials,
    IReadOnlyList<TaskRecord> Builds);

/// <summary>The next step of a sweep.</summary>
internal abstract record SweepStep
{
    /// <summary>Nothing to do before a task ends.</summary>
    public sealed record Wait : SweepStep;

    /// <summary>Queue the shards that are not queued.</summary>
    public sealed record QueueShards : SweepStep;

    /// <summary>Every shard is built: publish the manifest.</summary>
    public sealed record PublishManifest : SweepStep;

    /// <summary>The features are there: queue the trials.</summary>
    public sealed record StartTrials : SweepStep;

    /// <summary>Every trial ended: register the best, and done, or deploy it.</summary>
    public sealed record Finish(TrialRecord Best) : SweepStep;

    /// <summary>Queue the builds that are not queued.</summary>
    public sealed record QueueBuilds : SweepStep;

    /// <summary>Everything is built: hold it against the gates and promote it, where that is asked for; done.</summary>
    public sealed record Promote : SweepStep;

    /// <summary>It cannot go on.</summary>
    public sealed record GiveUp(string Reason) : SweepStep;
}

/// <summary>
/// Decides a sweep's next step from a snapshot: no clock, no store. Every step may be taken twice, so a process that dies between deciding and
/// doing, or in the middle of doing, decides the same again.
/// </summary>
internal static class SweepRules
{
    public static SweepStep Next(SweepSnapshot snapshot) => snapshot.Sweep.State switch
    {
        SweepState.Preparing => Prepare(snapshot),
        SweepState.Running => Run(snapshot),
        SweepState.Deploying => Deploy(snapshot),
        _ => new SweepStep.Wait(),
    };

    private static SweepStep Prepare(SweepSnapshot snapshot)
    {
        if (snapshot.FeatureSetReady)
        {
            return new SweepStep.StartTrials();
        }

        if (snapshot.Shards.FirstOrDefault(static s => s.State == TaskState.Failed) is { } failed)
        {
            return new SweepStep.GiveUp($"The feature set could not be built: {failed.Failure}");
        }

        if (snapshot.Shards.Count < snapshot.Sweep.Shards)
        {
            return new SweepStep.QueueShards();
        }

        return snapshot.Shards.All(static s => s.State == TaskState.Succeeded) ? new SweepStep.PublishManifest() : new SweepStep.Wait();
    }

    private static SweepStep Run(SweepSnapshot snapshot)
    {
        if (snapshot.OpenTrials > 0)
        {
            return new SweepStep.Wait();
        }

        // As long as one trial succeeded there is something to show for the sweep; what failed stays in its table.
        if (TrialRecord.Best(snapshot.Trials, snapshot.Sweep.Definition.Objective) is { } best)
        {
            return new SweepStep.Finish(best);
        }

        TrialRecord? first = snapshot.Trials.FirstOrDefault(static t => t.State == TrialState.Failed);
        return new SweepStep.GiveUp(first is null
            ? $"No trial measured {snapshot.Sweep.Definition.Objective.Metric}."
            : $"None of the {snapshot.Trials.Count} trials succeeded. Trial {first.Number}: {first.Failure}");
    }

    private static SweepStep Deploy(SweepSnapshot snapshot)
    {
        if (snapshot.Builds.FirstOrDefault(static b => b.State is TaskState.Failed or TaskState.Cancelled) is { } failed)
        {
            string target = ((BuildTask)failed.Payload).Target.Name;
            return new SweepStep.GiveUp($"Version {snapshot.Sweep.RegisteredVersion} could not be built for '{target}': {failed.Failure}");
        }

        if (snapshot.Builds.Count < snapshot.Sweep.Deploy!.Targets.Count)
        {
            return new SweepStep.QueueBuilds();
        }

        return snapshot.Builds.All(static b => b.State == TaskState.Succeeded) ? new SweepStep.Promote() : new SweepStep.Wait();
    }
}
