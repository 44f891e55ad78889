using Pipeline.Contracts;
using Pipeline.Orchestrator.Dashboard;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>Reads the queue and its workers for people.</summary>
/// <param name="state">The state.</param>
/// <param name="time">The clock.</param>
public sealed class JobQueries(StateDatabase state, TimeProvider time)
{
    /// <summary>Workers in the list: those that are there come first, and a cluster has fewer.</summary>
    private const int MaxWorkers = 200;

    /// <summary>How many tasks stand where, and a page of those of a state (null: of all).</summary>
    public Task<JobsView> ReadAsync(TaskState? only, int page, CancellationToken cancellationToken) => state.ReadAsync(
        async transaction =>
        {
            IReadOnlyList<CountRow> counts = await transaction.QueryAsync<CountRow>("SELECT state, COUNT(*) AS tasks FROM tasks GROUP BY state", new { });
            IReadOnlyList<TaskRow> tasks = await transaction.QueryAsync<TaskRow>(
                $"""
                SELECT id, kind, state, attempts, worker, due, failure FROM tasks {(only is null ? "" : "WHERE state = @state")}
                ORDER BY sequence DESC LIMIT @limit OFFSET @offset
                """,
                new { state = only is { } wanted ? StateName.Of(wanted) : "", limit = Paging.Rows, offset = (long)page * Paging.Rows });
            DateTimeOffset now = time.GetUtcNow();
            return new JobsView(
                counts.ToDictionary(static c => StateName.Parse<TaskState>(c.State), static c => (int)c.Tasks),
                only,
                [.. tasks.Select(t => t.ToJob(now))],
                page);
        },
        cancellationToken);

    /// <summary>A task with all that is known of it.</summary>
    /// <exception cref="BadInputException">There is no such task.</exception>
    public Task<JobDetail> FindAsync(TaskId id, CancellationToken cancellationToken) => state.ReadAsync(
        async transaction =>
        {
            TaskRecord task = await new TaskStore(transaction).FindAsync(id) ?? throw new BadInputException($"There is no task '{id}'. List them with `pipeline jobs list`.");
            JobRow row = new(
                task.Id.Value, task.Kind, task.State, task.Attempts, task.Worker?.Value, task.Due > time.GetUtcNow() ? task.Due : null, task.Failure);
            return new JobDetail(row, task.Payload, task.Checkpoint, task.Result);
        },
        cancellationToken);

    /// <summary>The workers: those that are there, and the last ones that were.</summary>
    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) =>
        [.. (await state.ReadAsync(WorkersAsync, cancellationToken)).Select(w => w.ToWorker(time.GetUtcNow()))];

    private static Task<IReadOnlyList<HeldRow>> WorkersAsync(StateTransaction transaction) => transaction.QueryAsync<HeldRow>(
        """
        SELECT w.number, w.host, w.process_id, w.device, w.slots, w.last_seen, w.gone,
            (SELECT COUNT(*) FROM tasks t WHERE t.state = 'leased' AND t.worker = 'worker-' || w.number) AS held
        FROM workers w ORDER BY w.gone, w.number DESC LIMIT @limit
        """,
        new { limit = MaxWorkers });

    private sealed class CountRow
    {
        public string State { get; init; } = "";

        public long Tasks { get; init; }
    }

    private sealed class TaskRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string State { get; init; } = "";

        public int Attempts { get; init; }

        public string? Worker { get; init; }

        public long Due { get; init; }

        public string? Failure { get; init; }

        public JobRow ToJob(DateTimeOffset now) => new(
            Id,
            Kind,
            StateName.Parse<TaskState>(State),
            Attempts,
            Worker,
            DateTimeOffset.FromUnixTimeMilliseconds(Due) is var due && due > now ? due : null,
            Failure);
    }

    private sealed class HeldRow
    {
        public long Number { get; init; }

        public string Host { get; init; } = "";

        public long ProcessId { get; init; }

        public string Device { get; init; } = "";

        public long Slots { get; init; }

        public long LastSeen { get; init; }

        public long Gone { get; init; }

        public long Held { get; init; }

        public WorkerRow ToWorker(DateTimeOffset now)
        {
            DateTimeOffset seen = DateTimeOffset.FromUnixTimeMilliseconds(LastSeen);
            return new($"worker-{Number}", Host, ProcessId, Device, Slots, Held, seen, Gone == 0 && now - seen < TaskRules.Lease);
        }
    }
}
