using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>The tasks of the state database, within one transaction.</summary>
internal sealed class TaskStore(StateTransaction transaction)
{
    private const string Select =
        "SELECT id, owner, priority, state, payload, checkpoint, attempts, failures, token, worker, due, lease_until, outcome, result, failure, suspect FROM tasks ";

    /// <summary>Woken when a task can be claimed.</summary>
    public const string Ready = "tasks_ready";

    /// <summary>Woken when a task has succeeded or failed for good, so that a sweep may have a next step.</summary>
    public const string Ended = "tasks_ended";

    /// <summary>Queues a task; one that is queued already is left as it is.</summary>
    public Task AddAsync(TaskRecord task)
    {
        transaction.Notify(Ready);
        return transaction.ExecuteAsync(
            """
            INSERT INTO tasks (id, kind, owner, priority, state, payload) VALUES (@Id, @Kind, @Owner, @Priority, @State, @Payload)
            ON CONFLICT (id) DO NOTHING
            """,
            Row.Of(task));
    }

    /// <summary>The task, or null.</summary>
    public async Task<TaskRecord?> FindAsync(TaskId id) =>
        (await ReadAsync(Select + "WHERE id = @id", new { id = id.Value })).SingleOrDefault();

    /// <summary>The task of an owner that was queued last; null: none.</summary>
    public async Task<TaskRecord?> LastOfOwnerAsync(string owner) =>
        (await ReadAsync(Select + "WHERE owner = @owner ORDER BY sequence DESC LIMIT 1", new { owner })).SingleOrDefault();

    /// <summary>Takes a task out of the state.</summary>
    public Task DeleteAsync(TaskId id) => transaction.ExecuteAsync("DELETE FROM tasks WHERE id = @id", new { id = id.Value });

    /// <summary>The tasks of an owner in the order they were queued.</summary>
    public Task<IReadOnlyList<TaskRecord>> OfOwnerAsync(string owner) => ReadAsync(Select + "WHERE owner = @owner ORDER BY sequence", new { owner });

    /// <summary>The tasks of an owner that were taken off the queue, or failed: a person, or a rule, may want them again.</summary>
    public Task<IReadOnlyList<TaskRecord>> RestingAsync(string owner) =>
        ReadAsync(Select + "WHERE owner = @owner AND state IN ('cancelled', 'failed') ORDER BY sequence", new { owner });

    /// <summary>
    /// The next tasks to hand out: of some kinds, and of some owners (null: of all); suspects first, or none of them.
    /// Those that another claim has its hands on are passed over; these stay locked until the transaction ends.
    /// </summary>
    public Task<IReadOnlyList<TaskRecord>> ClaimableAsync(
        IReadOnlyList<string> kinds, IReadOnlyCollection<string>? owners, bool suspects, DateTimeOffset now, int count) => ReadAsync(
        Select + $"""
            WHERE state = 'ready' AND due <= @now AND kind IN @kinds {OfOwners(owners)} {(suspects ? "" : "AND suspect = 0")}
            ORDER BY {(suspects && kinds.Contains(TrialTask.CudaKind) ? "suspect DESC, " : "")}priority DESC, sequence LIMIT @count FOR UPDATE SKIP LOCKED
            """,
        new { kinds, owners, now = now.ToUnixTimeMilliseconds(), count });

    /// <summary>Whether a suspect of a device's fault waits to be run alone.</summary>
    public async Task<bool> HasSuspectReadyAsync(DateTimeOffset now) => await transaction.QuerySingleOrDefaultAsync<long>(
        "SELECT COUNT(*) FROM tasks WHERE state = 'ready' AND suspect = 1 AND due <= @now", new { now = now.ToUnixTimeMilliseconds() }) > 0;

    /// <summary>When the next task that waits for its time comes due; null where none waits.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(IReadOnlyList<string> kinds, IReadOnlyCollection<string>? owners, DateTimeOffset now) =>
        await transaction.QuerySingleOrDefaultAsync<long?>(
            $"SELECT MIN(due) FROM tasks WHERE state = 'ready' AND due > @now AND kind IN @kinds {OfOwners(owners)}", new { kinds, owners, now = now.ToUnixTimeMilliseconds() }) is { } due
            ? DateTimeOffset.FromUnixTimeMilliseconds(due)
            : null;

    private static string OfOwners(IReadOnlyCollection<string>? owners) => owners is null ? "" : "AND owner IN @owners";

    /// <summary>The tasks whose lease has ended.</summary>
    public Task<IReadOnlyList<TaskRecord>> ExpiredAsync(DateTimeOffset now) => ReadAsync(
        Select + "WHERE state = 'leased' AND lease_until < @now ORDER BY sequence", new { now = now.ToUnixTimeMilliseconds() });

    /// <summary>The tasks that are held: by one worker, or by any.</summary>
    public Task<IReadOnlyList<TaskRecord>> HeldAsync(WorkerId? worker = null) => ReadAsync(
        Select + "WHERE state = 'leased' AND (@worker IS NULL OR worker = @worker) ORDER BY sequence", new { worker = worker?.Value });

    /// <summary>Changes what a task that is not held asks for.</summary>
    public Task SetPayloadAsync(TaskId id, TaskPayload payload) => transaction.ExecuteAsync(
        "UPDATE tasks SET payload = @payload WHERE id = @id",
        new { id = id.Value, payload = JsonSerializer.Serialize(payload, ContractsJson.Default.TaskPayload) });

    /// <summary>Stores a task as it stands now.</summary>
    public Task UpdateAsync(TaskRecord task)
    {
        if (task.State != TaskState.Leased)
        {
            transaction.Notify(task.State == TaskState.Ready ? Ready : Ended);
        }

        return transaction.ExecuteAsync(
            """
            UPDATE tasks SET state = @State, checkpoint = @Checkpoint, attempts = @Attempts, failures = @Failures, token = @Token, worker = @Worker,
                due = @Due, lease_until = @LeaseUntil, outcome = @Outcome, result = @Result, failure = @Failure, suspect = @Suspect
            WHERE id = @Id
            """,
            Row.Of(task));
    }

    private async Task<IReadOnlyList<TaskRecord>> ReadAsync(string sql, object parameters) =>
        [.. (await transaction.QueryAsync<Row>(sql, parameters)).Select(static row => row.Task)];

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Owner { get; init; } = "";

        public int Priority { get; init; }

        public string State { get; init; } = "";

        public string Payload { get; init; } = "";

        public string? Checkpoint { get; init; }

        public int Attempts { get; init; }

        public int Failures { get; init; }

        public long Token { get; init; }

        public string? Worker { get; init; }

        public long Due { get; init; }

        public long? LeaseUntil { get; init; }

        public string? Outcome { get; init; }

        public string? Result { get; init; }

        public string? Failure { get; init; }

        public int Suspect { get; init; }

        public TaskRecord Task => new()
        {
            Id = new TaskId(Id),
            Owner = Owner,
            Priority = Priority,
            Payload = JsonSerializer.Deserialize(Payload, ContractsJson.Default.TaskPayload)!,
            State = StateName.Parse<TaskState>(State),
            Checkpoint = Checkpoint is null ? null : JsonSerializer.Deserialize(Checkpoint, ContractsJson.Default.Checkpoint),
            Attempts = Attempts,
            Failures = Failures,
            Token = new LeaseToken(Token),
            Worker = Worker is null ? null : new WorkerId(Worker),
            Due = DateTimeOffset.FromUnixTimeMilliseconds(Due),
            LeaseUntil = LeaseUntil is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(LeaseUntil.Value),
            Outcome = Outcome is null ? ClaimOutcome.None : StateName.Parse<ClaimOutcome>(Outcome),
            Result = Result is null ? null : JsonSerializer.Deserialize(Result, ContractsJson.Default.TaskResult),
            Failure = Failure,
            IsSuspect = Suspect != 0,
        };

        public static Row Of(TaskRecord task) => new()
        {
            Id = task.Id.Value,
            Kind = task.Kind,
            Owner = task.Owner,
            Priority = task.Priority,
            State = StateName.Of(task.State),
            Payload = JsonSerializer.Serialize(task.Payload, ContractsJson.Default.TaskPayload),
            Checkpoint = task.Checkpoint is null ? null : JsonSerializer.Serialize(task.Checkpoint, ContractsJson.Default.Checkpoint),
            Attempts = task.Attempts,
            Failures = task.Failures,
            Token = task.Token.Value,
            Worker = task.Worker?.Value,
            Due = task.Due.ToUnixTimeMilliseconds(),
            LeaseUntil = task.LeaseUntil?.ToUnixTimeMilliseconds(),
            Outcome = task.Outcome == ClaimOutcome.None ? null : StateName.Of(task.Outcome),
            Result = task.Result is null ? null : JsonSerializer.Serialize(task.Result, ContractsJson.Default.TaskResult),
            Failure = task.Failure,
            Suspect = task.IsSuspect ? 1 : 0,
        };
    }
}
