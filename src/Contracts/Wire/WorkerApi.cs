using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>The routes that a worker calls, all POST, all JSON. Every call may be sent again: the second changes nothing and is answered like the first.</summary>
public static class WorkerRoutes
{
    /// <summary><see cref="WorkerHello"/> → <see cref="WorkerWelcome"/>.</summary>
    public const string Register = "/api/v1/workers/register";

    /// <summary><see cref="ClaimRequest"/> → <see cref="ClaimResponse"/>; waits up to the seconds asked for.</summary>
    public const string Claim = "/api/v1/tasks/claim";

    /// <summary><see cref="HeartbeatRequest"/> → <see cref="HeartbeatResponse"/>.</summary>
    public const string Heartbeat = "/api/v1/workers/heartbeat";

    /// <summary><see cref="TrialProgress"/> → <see cref="TaskAck"/>.</summary>
    public const string Progress = "/api/v1/tasks/progress";

    /// <summary><see cref="TaskLog"/> → <see cref="TaskAck"/>.</summary>
    public const string Log = "/api/v1/tasks/log";

    /// <summary><see cref="TaskCompleted"/> → <see cref="TaskAck"/>.</summary>
    public const string Complete = "/api/v1/tasks/complete";

    /// <summary><see cref="TaskFailed"/> → <see cref="TaskAck"/>.</summary>
    public const string Fail = "/api/v1/tasks/fail";

    /// <summary><see cref="WorkerGoodbye"/> → <see cref="TaskAck"/>; its tasks go back to the queue at once.</summary>
    public const string Goodbye = "/api/v1/workers/goodbye";
}

/// <summary>A worker says what it is.</summary>
public sealed record WorkerHello(string Host, int ProcessId, string Device, int Slots, string Version, IReadOnlyList<string> Kinds);

/// <summary>The worker's id and how often it must be heard.</summary>
public sealed record WorkerWelcome(WorkerId Worker, double HeartbeatSeconds, double LeaseSeconds);

/// <summary>Asks for tasks of some kinds.</summary>
public sealed record ClaimRequest(WorkerId Worker, IReadOnlyList<string> Kinds, int MaxTasks, double WaitSeconds);

/// <summary>The tasks claimed; none where none came ready in time. <paramref name="Drain"/> asks the worker to end.</summary>
public sealed record ClaimResponse(IReadOnlyList<ClaimedTask> Tasks, bool Drain);

/// <summary>One held task.</summary>
public sealed record HeldTask(TaskId Task, LeaseToken Token);

/// <summary>Renews the leases of what the worker holds.</summary>
public sealed record HeartbeatRequest(WorkerId Worker, IReadOnlyList<HeldTask> Held);

/// <summary>Of the tasks held: those lost to another owner, cancelled or paused. The worker stops them and reports nothing more of them.</summary>
public sealed record HeartbeatResponse(IReadOnlyList<TaskId> Lost, bool Drain);

/// <summary>What a trial measured in one epoch (from 1), and where it can go on.</summary>
public sealed record TrialProgress(
    TaskId Task,
    LeaseToken Token,
    int Epoch,
    SortedDictionary<string, double> Metrics,
    Checkpoint? Checkpoint,
    double ClipsPerSecond);

/// <summary>Lines of a task's log, numbered from <paramref name="FirstLine"/> within this claim.</summary>
public sealed record TaskLog(TaskId Task, LeaseToken Token, int FirstLine, IReadOnlyList<string> Lines);

/// <summary>Hands in a result.</summary>
public sealed record TaskCompleted(TaskId Task, LeaseToken Token, TaskResult Result);

/// <summary>What kind of failure a task met.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FailureKind>))]
public enum FailureKind
{
    /// <summary>It would fail again: the task has failed.</summary>
    Permanent,

    /// <summary>It may not happen again: the task goes back to the queue while attempts are left.</summary>
    Transient,

    /// <summary>The disk is full: the task goes back to the queue as it was, and the orchestrator stops until there is room.</summary>
    NoSpace,

    /// <summary>
    /// The worker's device is lost to it, with every trial there, and the worker ends: the trials go back to the queue and are run alone, until the one that
    /// meets the fault again is known; it alone spends an attempt.
    /// </summary>
    DeviceFault,

    /// <summary>None: it was asked to make room on the device, and goes back to the queue as it was.</summary>
    Yielded,
}

/// <summary>Reports a failure.</summary>
public sealed record TaskFailed(TaskId Task, LeaseToken Token, string Message, FailureKind Kind);

/// <summary>The worker ends; what it held goes back to the queue without spending an attempt.</summary>
public sealed record WorkerGoodbye(WorkerId Worker);

/// <summary>
/// Whether the write was accepted: false where the token is not the current one, and the worker stops the task. <paramref name="Yield"/> asks it to stop an
/// accepted one and to give it back (<see cref="FailureKind.Yielded"/>).
/// </summary>
public sealed record TaskAck(bool Accepted, bool Yield = false);
