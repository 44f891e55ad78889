using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>
/// What may happen to a task: each rule takes it as it stands and gives it as it stands afterwards. No clock, no store. The token grows with every
/// claim, so an owner that was thought dead and writes after another has claimed the task is told by its token.
/// </summary>
internal static class TaskRules
{
    /// <summary>
    /// Claims without getting further after which a task has failed: so a trial that kills its worker each time ends, while one whose workers
    /// are killed by something else, now and then, does not.
    /// </summary>
    public const int MaxAttempts = 10;

    /// <summary>
    /// Failures, each reported by a living worker, after which a task has failed: what fails four times within seconds will fail again.
    /// </summary>
    public const int MaxFailures = 4;

    /// <summary>
    /// A worker silent for so long has lost its tasks, which another has within ten seconds. Four heartbeats, so that a busy machine is not taken
    /// for a dead one.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    /// <summary>How often a worker is to be heard.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);

    /// <summary>Whether the token is the current owner's.</summary>
    public static bool IsHeldWith(this TaskRecord task, LeaseToken token) => task.State == TaskState.Leased && task.Token == token;

    /// <summary>Whether the owner of this token has ended the task in this way already: its call came twice.</summary>
    public static bool WasEndedBy(this TaskRecord task, LeaseToken token, ClaimOutcome outcome) => task.Token == token && task.Outcome == outcome;

    /// <summary>Gives the task to a worker.</summary>
    public static TaskRecord Claim(TaskRecord task, WorkerId worker, DateTimeOffset now) => task with
    {
        State = Lifecycles.Task.Move(task.State, TaskState.Leased),
        Attempts = task.Attempts + 1,
        Token = new LeaseToken(task.Token.Value + 1),
        Worker = worker,
        LeaseUntil = now + Lease,
        Outcome = ClaimOutcome.None,
    };

    /// <summary>The owner was heard.</summary>
    public static TaskRecord Renew(TaskRecord task, DateTimeOffset now) => task with { LeaseUntil = now + Lease };

    /// <summary>The task got further than ever before; the next owner goes on from the checkpoint, where there is one.</summary>
    public static TaskRecord Advance(TaskRecord task, Checkpoint? checkpoint, DateTimeOffset now) =>
        Renew(task, now) with { Checkpoint = checkpoint ?? task.Checkpoint, Attempts = 0, Failures = 0, IsSuspect = false };

    /// <summary>The owner hands in the result.</summary>
    public static TaskRecord Complete(TaskRecord task, TaskResult result) => End(task, TaskState.Succeeded, ClaimOutcome.Succeeded) with
    {
        Result = result,
        Failure = null,
    };

    /// <summary>The owner reports a failure: back to the queue after a wait that doubles, or failed for good; a full disk, and making room, spend nothing.</summary>
    public static TaskRecord Fail(TaskRecord task, string message, FailureKind kind, DateTimeOffset now)
    {
        if (kind == FailureKind.NoSpace)
        {
            return Release(task) with { Failure = message, Due = now + NoSpaceDelay };
        }

        if (kind == FailureKind.Yielded)
        {
            return Release(task) with { IsSuspect = false };
        }

        bool again = kind == FailureKind.Transient && task.Failures + 1 < MaxFailures;
        return End(task, again ? TaskState.Ready : TaskState.Failed, ClaimOutcome.Failed) with
        {
            Failure = message,
            Failures = task.Failures + 1,
            Due = now + TimeSpan.FromSeconds(Math.Pow(2, task.Failures)),
        };
    }

    /// <summary>
    /// Its owner's device met a fault, which took every trial there with it. Alone there, it is the culprit: a failure like others, and it stays a suspect.
    /// Else nobody knows whose fault it was: it goes back to the queue as it was, to be run alone.
    /// </summary>
    public static TaskRecord Fault(TaskRecord task, bool alone, string message, DateTimeOffset now) => alone
        ? Fail(task, message, FailureKind.Transient, now) with { IsSuspect = true }
        : Suspect(task) with { Failure = $"{message} It was not alone on the device: it is run alone until it gets further." };

    /// <summary>
    /// What a worker gets of the tasks that could be handed out: a suspect alone on the device, and nothing beside one. Tasks for the processor are no
    /// neighbours.
    /// </summary>
    /// <param name="held">What the worker holds.</param>
    /// <param name="claimable">What could be handed out, the first first.</param>
    public static IReadOnlyList<TaskRecord> HandOut(IReadOnlyList<TaskRecord> held, IReadOnlyList<TaskRecord> claimable)
    {
        bool alone = held.Any(static t => t.IsSuspect);
        bool empty = !held.Any(static t => t.IsOnDevice);
        List<TaskRecord> given = [];
        foreach (TaskRecord task in claimable)
        {
            if (!task.IsOnDevice || (!alone && (!task.IsSuspect || empty)))
            {
                given.Add(task);
                alone |= task.IsSuspect;
                empty &= !task.IsOnDevice;
            }
        }

        return given;
    }

    /// <summary>
    /// The owner is gone without a word: back to the queue while attempts are left. A fault of a device may end the process too: with neighbours there, it is
    /// not known whose it was.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="neighbours">Whether the owner held others on its device.</param>
    public static TaskRecord Lose(TaskRecord task, bool neighbours = false) => neighbours && task.IsOnDevice ? Suspect(task) : task.Attempts < MaxAttempts
        ? End(task, TaskState.Ready, ClaimOutcome.Released)
        : End(task, TaskState.Failed, ClaimOutcome.Released) with
        {
            Failure = $"Its worker vanished {MaxAttempts} times before the task got any further; the last was {task.Worker}. " +
                "Look at that worker's own output: too little memory is the usual reason. Then take a smaller train.batchSize, or a smaller workers.local in pipeline.yaml.",
        };

    /// <summary>The owner gives it back: the attempt is not counted.</summary>
    public static TaskRecord Release(TaskRecord task) => End(task, TaskState.Ready, ClaimOutcome.Released) with { Attempts = Math.Max(0, task.Attempts - 1) };

    /// <summary>It is not wanted now: off the queue, and out of its owner's hands, whose token no longer counts.</summary>
    public static TaskRecord Withdraw(TaskRecord task) => End(task, TaskState.Cancelled, ClaimOutcome.Released);

    /// <summary>
    /// A task that failed, or was cancelled, is wanted again. The token is kept, so that an owner of the first life stays without rights.
    /// </summary>
    public static TaskRecord Revive(TaskRecord task) => task with
    {
        State = TaskState.Ready,
        Attempts = 0,
        Failures = 0,
        Due = DateTimeOffset.UnixEpoch,
        Outcome = ClaimOutcome.Released,
        Failure = null,
    };

    /// <summary>Keeps a worker from claiming in a circle what it has no room for.</summary>
    private static readonly TimeSpan NoSpaceDelay = TimeSpan.FromSeconds(2);

    private static TaskRecord Suspect(TaskRecord task) => Release(task) with { IsSuspect = true };

    private static TaskRecord End(TaskRecord task, TaskState state, ClaimOutcome outcome) => task with
    {
        State = Lifecycles.Task.Move(task.State, state),
        Worker = null,
        LeaseUntil = null,
        Outcome = outcome,
    };
}
