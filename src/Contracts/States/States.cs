using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>Where a task of the durable queue stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskState>))]
public enum TaskState
{
    /// <summary>Waiting for a worker to claim it.</summary>
    Ready,

    /// <summary>Held by one worker until its lease ends.</summary>
    Leased,

    /// <summary>Done; the result was accepted once.</summary>
    Succeeded,

    /// <summary>Out of attempts, or failed for good.</summary>
    Failed,

    /// <summary>Taken back before it was done.</summary>
    Cancelled,
}

/// <summary>Where a trial stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TrialState>))]
public enum TrialState
{
    /// <summary>Proposed, not yet started.</summary>
    Waiting,

    /// <summary>At least one epoch was begun.</summary>
    Running,

    /// <summary>Ran all its epochs.</summary>
    Succeeded,

    /// <summary>Ended early by the early-stopping rule, with its metrics kept.</summary>
    Stopped,

    /// <summary>Failed for good.</summary>
    Failed,

    /// <summary>Cancelled by a person.</summary>
    Cancelled,
}

/// <summary>Where a sweep stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SweepState>))]
public enum SweepState
{
    /// <summary>Its feature set is being built.</summary>
    Preparing,

    /// <summary>Its trials run.</summary>
    Running,

    /// <summary>No new trial starts until it is resumed.</summary>
    Paused,

    /// <summary>Every trial ended and the best was registered; it is built for its targets and promoted.</summary>
    Deploying,

    /// <summary>Every trial ended and the best was registered, and deployed where that was asked for.</summary>
    Succeeded,

    /// <summary>It cannot go on: no trial succeeded, its features or artifacts could not be built, or a gate refused the promotion.</summary>
    Failed,

    /// <summary>Cancelled by a person.</summary>
    Cancelled,
}

/// <summary>The transition tables.</summary>
public static class Lifecycles
{
    /// <summary>Of a task. A lease that ends, or an attempt that fails with attempts left, leads back to ready.</summary>
    public static Lifecycle<TaskState> Task { get; } = new(
        "task",
        (TaskState.Ready, TaskState.Leased),
        (TaskState.Ready, TaskState.Cancelled),
        (TaskState.Leased, TaskState.Ready),
        (TaskState.Leased, TaskState.Succeeded),
        (TaskState.Leased, TaskState.Failed),
        (TaskState.Leased, TaskState.Cancelled));

    /// <summary>Of a trial.</summary>
    public static Lifecycle<TrialState> Trial { get; } = new(
        "trial",
        (TrialState.Waiting, TrialState.Running),
        (TrialState.Waiting, TrialState.Cancelled),
        (TrialState.Waiting, TrialState.Failed),
        (TrialState.Running, TrialState.Succeeded),
        (TrialState.Running, TrialState.Stopped),
        (TrialState.Running, TrialState.Failed),
        (TrialState.Running, TrialState.Cancelled));

    /// <summary>Of a sweep.</summary>
    public static Lifecycle<SweepState> Sweep { get; } = new(
        "sweep",
        (SweepState.Preparing, SweepState.Running),
        (SweepState.Preparing, SweepState.Failed),
        (SweepState.Preparing, SweepState.Cancelled),
        (SweepState.Running, SweepState.Paused),
        (SweepState.Running, SweepState.Deploying),
        (SweepState.Running, SweepState.Succeeded),
        (SweepState.Running, SweepState.Failed),
        (SweepState.Running, SweepState.Cancelled),
        (SweepState.Deploying, SweepState.Succeeded),
        (SweepState.Deploying, SweepState.Failed),
        (SweepState.Deploying, SweepState.Cancelled),
        (SweepState.Paused, SweepState.Running),
        (SweepState.Paused, SweepState.Cancelled));
}

/// <summary>Writes an enum as its camelCase name.</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
