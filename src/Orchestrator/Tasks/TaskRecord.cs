using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>How the holder of a task's last token ended its claim.</summary>
internal enum ClaimOutcome
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>A result was handed in.</summary>
    Succeeded,

    /// <summary>A failure was reported.</summary>
    Failed,

    /// <summary>It was given back, or its lease ended.</summary>
    Released,
}

/// <summary>A task of the queue as it stands.</summary>
internal sealed record TaskRecord
{
    /// <summary>Which task it is.</summary>
    public required TaskId Id { get; init; }

    /// <summary>What it belongs to: a sweep, a feature set, or the builds.</summary>
    public required string Owner { get; init; }

    /// <summary>The greater goes first; equal ones go in the order they were queued.</summary>
    public required int Priority { get; init; }

    /// <summary>What it asks for.</summary>
    public required TaskPayload Payload { get; init; }

    /// <summary>Where it stands.</summary>
    public TaskState State { get; init; } = TaskState.Ready;

    /// <summary>Where its next owner goes on.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>Claims since it last got further.</summary>
    public int Attempts { get; init; }

    /// <summary>Failures reported since it last got further.</summary>
    public int Failures { get; init; }

    /// <summary>The last token given.</summary>
    public LeaseToken Token { get; init; }

    /// <summary>Who holds it.</summary>
    public WorkerId? Worker { get; init; }

    /// <summary>Not to be claimed before.</summary>
    public DateTimeOffset Due { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>When its lease ends.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>How the last claim ended.</summary>
    public ClaimOutcome Outcome { get; init; }

    /// <summary>What came of it.</summary>
    public TaskResult? Result { get; init; }

    /// <summary>The last failure reported.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether it was on a device when a fault there was reported: it is run alone until it gets further.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>Whether it runs on a device that several trials share.</summary>
    public bool IsOnDevice => Kind == TrialTask.CudaKind;

    /// <summary>Whether it has ended.</summary>
    public bool IsFinal => Lifecycles.Task.IsFinal(State);

    /// <summary>The payload's kind on the wire.</summary>
    public string Kind => Payload switch
    {
        ShardTask => ShardTask.Kind,
        TrialTask { Spec.Resources.IsCuda: true } => TrialTask.CudaKind,
        TrialTask => TrialTask.Kind,
        BuildTask => BuildTask.Kind,
        SubmitTask => SubmitTask.Kind,
        _ => throw new InvalidOperationException($"The task {Id} is of no known kind."),
    };
}
