using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>
/// The durable queue: each call is one transaction that reads a task, asks <see cref="TaskRules"/> and stores the answer. A process that dies
/// between two calls leaves every task whole; what it held comes back when its lease ends.
/// </summary>
internal sealed class TaskQueue(StateDatabase state, ITaskListener listener, TimeProvider time)
{
    /// <summary>Tasks handed out in one answer: a worker has fewer slots than this.</summary>
    private const int MaxClaim = 64;

    private readonly Signal _ready = state.SignalOf(TaskStore.Ready);
    private IReadOnlySet<string>? _owners;

    /// <summary>A worker found its disk full; the message says which.</summary>
    public event Action<string>? RanOutOfSpace;

    /// <summary>Some task ended, so that a sweep may have a next step.</summary>
    public Signal Ended { get; } = state.SignalOf(TaskStore.Ended);

    /// <summary>Whether workers are being sent home: claims get nothing and the word to drain.</summary>
    public bool Draining { get; private set; }

    /// <summary>From now on hands out the tasks of these owners, and of those named so before, and no others; without such a call, of all.</summary>
    public void ServeOnly(params IEnumerable<string> owners)
    {
        _owners = (_owners ?? new HashSet<string>(StringComparer.Ordinal)).Union(owners).ToHashSet(StringComparer.Ordinal);
        _ready.Raise();
    }

    /// <summary>Sends the workers home after the step they are at.</summary>
    public void Drain()
    {
        Draining = true;
        _ready.Raise();
    }

    /// <summary>Claims tasks, waiting up to the seconds asked for while there is none.</summary>
    public async Task<ClaimResponse> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        DateTimeOffset giveUp = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Clamp(request.WaitSeconds, 0, 60));
        while (true)
        {
            // Taken before the look, so that a task queued after the look is not missed.
            Task signal = _ready.Next;
            if (Draining)
            {
                return new ClaimResponse([], Drain: true);
            }

            (IReadOnlyList<ClaimedTask>? tasks, DateTimeOffset? due) = await state.ClaimAsync(t => TryClaimAsync(t, request), cancellationToken);
            if (tasks is null)
            {
                return new ClaimResponse([], Drain: true);
            }

            DateTimeOffset now = time.GetUtcNow();
            if (tasks.Count > 0 || now >= giveUp)
            {
                return new ClaimResponse(tasks, Drain: false);
            }

            // What came due since the look is looked for again at once.
            TimeSpan wait = due < giveUp ? due > now ? due.Value - now : TimeSpan.FromMilliseconds(1) : giveUp - now;
            await Task.WhenAny(signal, Task.Delay(wait, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Renews the leases of a worker; says which of its tasks are no longer its own.</summary>
    public Task<HeartbeatResponse> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            await new WorkerStore(transaction).SeenAsync(request.Worker, time.GetUtcNow());
            TaskStore store = new(transaction);
            List<TaskId> lost = [];
            foreach (HeldTask held in request.Held)
            {
                if (await store.FindAsync(held.Task) is { } task && task.IsHeldWith(held.Token))
                {
                    await store.UpdateAsync(TaskRules.Renew(task, time.GetUtcNow()));
                }
                else
                {
                    lost.Add(held.Task);
                }
            }

            return new HeartbeatResponse(lost, Draining);
        },
        cancellationToken);

    /// <summary>
    /// Stores what a trial measured and where it can go on. An epoch reported before changes nothing. A trial that does not go on is out of its
    /// owner's hands, which is told so.
    /// </summary>
    public async Task<TaskAck> ProgressAsync(TrialProgress progress, CancellationToken cancellationToken)
    {
        bool yields = false;
        TaskAck ack = await WithHeldAsync(progress.Task, progress.Token, ClaimOutcome.None, cancellationToken, async (transaction, store, task) =>
        {
            if (progress.Epoch <= (task.Checkpoint?.Epoch ?? 0))
            {
                return true;
            }

            TaskRecord advanced = TaskRules.Advance(task, progress.Checkpoint, time.GetUtcNow());
            bool goesOn = await listener.AdvancedAsync(transaction, advanced, progress);

            // Cleared of suspicion, it leaves the device to the next suspect, and goes on later, from here, beside others.
            yields = goesOn && task.IsSuspect && await store.HasSuspectReadyAsync(time.GetUtcNow());
            await store.UpdateAsync(goesOn ? advanced with { IsSuspect = yields } : TaskRules.Withdraw(advanced));
            Wake(transaction, task.IsSuspect && !yields);
            return goesOn;
        });
        return ack with { Yield = yields };
    }

    /// <summary>Stores lines of the log of a task's current owner.</summary>
    public Task<TaskAck> LogAsync(TaskLog log, CancellationToken cancellationToken) =>
        WithHeldAsync(log.Task, log.Token, ClaimOutcome.None, cancellationToken, async (transaction, _, _) =>
        {
            await new TaskLogStore(transaction).AppendAsync(log);
            return true;
        });

    /// <summary>Accepts a result: once, and from the current owner only.</summary>
    public Task<TaskAck> CompleteAsync(TaskCompleted completed, CancellationToken cancellationToken) =>
        WithHeldAsync(completed.Task, completed.Token, ClaimOutcome.Succeeded, cancellationToken, async (transaction, store, task) =>
        {
            if ((task.Payload, completed.Result) is not ((ShardTask, ShardResult) or (TrialTask, TrialResult) or (BuildTask, BuildResult) or (SubmitTask, SubmitResult)))
            {
                throw new BadInputException($"The task {task.Id} is of kind {task.Kind}; found a {completed.Result.GetType().Name}.");
            }

            await EndAsync(transaction, store, TaskRules.Complete(task, completed.Result));
            return true;
        });

    /// <summary>Takes note of a failure: the task goes back to the queue, or has failed for good.</summary>
    public async Task<TaskAck> FailAsync(TaskFailed failed, CancellationToken cancellationToken)
    {
        TaskAck ack = await WithHeldAsync(failed.Task, failed.Token, ClaimOutcome.Failed, cancellationToken, async (transaction, store, task) =>
        {
            if (failed.Kind != FailureKind.DeviceFault)
            {
                await EndAsync(transaction, store, TaskRules.Fail(task, failed.Message, failed.Kind, time.GetUtcNow()));
                return true;
            }

            TaskRecord[] there = [.. (await store.HeldAsync(task.Worker)).Where(static t => t.IsOnDevice)];
            await new WorkerStore(transaction).GoneAsync(task.Worker);
            foreach (TaskRecord lost in there)
            {
                await EndAsync(transaction, store, TaskRules.Fault(lost, there.Length == 1, failed.Message, time.GetUtcNow()));
            }

            return true;
        });
        if (ack.Accepted && failed.Kind == FailureKind.NoSpace)
        {
            RanOutOfSpace?.Invoke(failed.Message);
        }

        return ack;
    }

    /// <summary>Takes back what a worker holds that says goodbye; no attempt is spent.</summary>
    public Task<TaskAck> GoodbyeAsync(WorkerId worker, CancellationToken cancellationToken) =>
        TakeBackAsync(worker, static (task, _) => TaskRules.Release(task), cancellationToken);

    /// <summary>Takes back what a worker held whose process was seen to end without a goodbye.</summary>
    public Task<TaskAck> LoseAsync(WorkerId worker, CancellationToken cancellationToken) => TakeBackAsync(worker, TaskRules.Lose, cancellationToken);

    /// <summary>
    /// Takes back everything that is held, without spending attempts. For the start of an orchestrator that owns the state alone: workers
    /// of an earlier one can only be stale, and their tokens no longer count.
    /// </summary>
    public Task RevokeAllAsync(CancellationToken cancellationToken) => TakeBackAsync(null, static (task, _) => TaskRules.Release(task), cancellationToken);

    /// <summary>Takes back the tasks whose lease has ended.</summary>
    public Task ExpireAsync(CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            TaskStore store = new(transaction);
            IReadOnlyList<TaskRecord> expired = await store.ExpiredAsync(time.GetUtcNow());
            foreach (TaskRecord task in expired)
            {
                await EndAsync(transaction, store, TaskRules.Lose(task, HasNeighbours(task, expired)));
            }
        },
        cancellationToken);

    /// <summary>No tasks where the worker's device is lost: it ends, and what it is given would be lost with it.</summary>
    private async Task<(IReadOnlyList<ClaimedTask>? Tasks, DateTimeOffset? Due)> TryClaimAsync(StateTransaction transaction, ClaimRequest request)
    {
        DateTimeOffset now = time.GetUtcNow();
        TaskStore store = new(transaction);
        List<ClaimedTask> claimed = [];

        // Only a worker with a device has neighbours on it.
        bool hasDevice = request.Kinds.Contains(TrialTask.CudaKind);
        if (hasDevice && await new WorkerStore(transaction).IsGoneAsync(request.Worker))
        {
            return (null, null);
        }

        IReadOnlyList<TaskRecord> holds = hasDevice ? await store.HeldAsync(request.Worker) : [];
        IReadOnlyList<TaskRecord> claimable = await store.ClaimableAsync(
            request.Kinds, _owners, suspects: !holds.Any(static t => t.IsOnDevice), now, Math.Clamp(request.MaxTasks, 0, MaxClaim));
        foreach (TaskRecord task in TaskRules.HandOut(holds, claimable))
        {
            TaskRecord held = TaskRules.Claim(task, request.Worker, now);
            await store.UpdateAsync(held);
            await listener.ClaimedAsync(transaction, held);
            claimed.Add(new ClaimedTask(held.Id, held.Token, held.Attempts, held.Payload, held.Checkpoint));
        }

        return (claimed, claimed.Count > 0 ? null : await store.NextDueAsync(request.Kinds, _owners, now));
    }

    /// <summary>
    /// Does something for the current owner of a task, and tells it whether it is that still. Anyone else is told that nothing was accepted; the owner
    /// that calls again after it ended the task in the same way is answered as the first time.
    /// </summary>
    private async Task<TaskAck> WithHeldAsync(
        TaskId id,
        LeaseToken token,
        ClaimOutcome outcome,
        CancellationToken cancellationToken,
        Func<StateTransaction, TaskStore, TaskRecord, Task<bool>> work)
    {
        bool accepted = await state.WriteAsync(
            async transaction =>
            {
                TaskStore store = new(transaction);
                TaskRecord? task = await store.FindAsync(id);
                if (task is null || !task.IsHeldWith(token))
                {
                    return outcome != ClaimOutcome.None && task is not null && task.WasEndedBy(token, outcome);
                }

                // Dying before this transaction commits: the worker hears nothing, calls again or loses its lease; nothing was counted.
                return await work(transaction, store, task);
            },
            cancellationToken);
        return new TaskAck(accepted);
    }

    private async Task<TaskAck> TakeBackAsync(WorkerId? worker, Func<TaskRecord, bool, TaskRecord> rule, CancellationToken cancellationToken)
    {
        await state.WriteAsync(
            async transaction =>
            {
                TaskStore store = new(transaction);
                IReadOnlyList<TaskRecord> held = await store.HeldAsync(worker);
                foreach (TaskRecord task in held)
                {
                    await EndAsync(transaction, store, rule(task, HasNeighbours(task, held)));
                }

                await new WorkerStore(transaction).GoneAsync(worker);
            },
            cancellationToken);
        return new TaskAck(Accepted: true);
    }

    private async Task EndAsync(StateTransaction transaction, TaskStore store, TaskRecord task)
    {
        await store.UpdateAsync(task);
        if (task.State is TaskState.Succeeded or TaskState.Failed)
        {
            await listener.EndedAsync(transaction, task);
        }

        Wake(transaction, task.IsOnDevice);
    }

    /// <summary>A suspect that got further lets others beside it, and a device that comes free lets a suspect in: their worker may be waiting.</summary>
    private static void Wake(StateTransaction transaction, bool others)
    {
        if (others)
        {
            transaction.Notify(TaskStore.Ready);
        }
    }

    private static bool HasNeighbours(TaskRecord task, IReadOnlyList<TaskRecord> held) =>
        held.Any(t => t.Worker == task.Worker && t.Id != task.Id && t.IsOnDevice);
}
