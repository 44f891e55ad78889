using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Recurring;

/// <summary>A recurring entry as people see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cron">When it falls due.</param>
/// <param name="TimeZone">The time zone of that.</param>
/// <param name="Submit">The sweep's file.</param>
/// <param name="Next">When it falls due next; null: never again, or no orchestrator has taken it in yet.</param>
/// <param name="Last">When it was queued last, by the clock or by a person; null: never.</param>
/// <param name="LastState">What became of that.</param>
/// <param name="LastSweep">The sweep that came of it.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record RecurringRow(
    string Name, string Cron, string TimeZone, string Submit, DateTimeOffset? Next, DateTimeOffset? Last, TaskState? LastState, SweepId? LastSweep, string? Failure);

/// <summary>Reads the recurring entries of a deployment, and queues one now.</summary>
/// <param name="state">The state.</param>
/// <param name="entries">The entries of pipeline.yaml.</param>
/// <param name="time">The clock.</param>
public sealed class RecurringQueries(StateDatabase state, IReadOnlyList<RecurringSpec> entries, TimeProvider time)
{
    /// <summary>The entries in the order of the file.</summary>
    public Task<IReadOnlyList<RecurringRow>> ListAsync(CancellationToken cancellationToken) => state.ReadAsync(
        async transaction =>
        {
            IReadOnlyDictionary<string, DateTimeOffset> ticks = await new RecurringStore(transaction).LastTicksAsync();
            List<RecurringRow> rows = [];
            foreach (RecurringSpec entry in entries)
            {
                rows.Add(RowOf(entry, ticks, await new TaskStore(transaction).LastOfOwnerAsync(RecurringClock.OwnerOf(entry.Name))));
            }

            return (IReadOnlyList<RecurringRow>)rows;
        },
        cancellationToken);

    /// <summary>Queues an entry now, whatever its schedule; gives its task.</summary>
    /// <exception cref="BadInputException">There is no such entry.</exception>
    public Task<TaskId> RunNowAsync(string name, CancellationToken cancellationToken)
    {
        RecurringSpec entry = entries.FirstOrDefault(e => e.Name == name) ?? throw new BadInputException(
            $"There is no recurring entry '{name}'. {(entries.Count == 0 ? "pipeline.yaml has none." : NearestName.Suggest(name, [.. entries.Select(static e => e.Name)]))}");
        return state.WriteAsync(t => RecurringClock.QueueAsync(t, entry, time.GetUtcNow()), cancellationToken);
    }

    private RecurringRow RowOf(RecurringSpec entry, IReadOnlyDictionary<string, DateTimeOffset> ticks, TaskRecord? last) => new(
        entry.Name,
        entry.Schedule.Cron,
        entry.Schedule.TimeZone,
        entry.Sweep,
        ticks.ContainsKey(entry.Name) ? entry.Schedule.NextAfter(time.GetUtcNow()) : null,
        (last?.Payload as SubmitTask)?.Tick,
        last?.State,
        (last?.Result as SubmitResult)?.Sweep,
        last?.State == TaskState.Succeeded ? null : last?.Failure);
}
