using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Recurring;

/// <summary>Queues a task for each tick of the recurring entries. Any number of orchestrators may do so at once: each tick is one task.</summary>
internal sealed class RecurringClock(StateDatabase state, IReadOnlyList<RecurringSpec> entries, TimeProvider time)
{
    // Before trials and builds: it takes no worker's time.
    private const int Priority = 20;

    /// <summary>Cron expressions are no finer.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    /// <summary>The owner of an entry's tasks.</summary>
    public static string OwnerOf(string name) => $"recurring:{name}";

    /// <summary>Queues what falls due until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        while (true)
        {
            await FireAsync(cancellationToken);
            await Task.Delay(Resolution, time, cancellationToken);
        }
    }

    /// <summary>Takes in the entries, those that are new from now on.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            RecurringStore store = new(transaction);
            foreach (RecurringSpec entry in entries)
            {
                await store.EnsureAsync(entry, time.GetUtcNow());
            }
        },
        cancellationToken);

    /// <summary>Queues what is due now.</summary>
    public async Task FireAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, DateTimeOffset> last = await state.ReadAsync(static t => new RecurringStore(t).LastTicksAsync(), cancellationToken);
        foreach (RecurringSpec entry in entries)
        {
            if (entry.Schedule.LastBetween(last[entry.Name], time.GetUtcNow()) is { } tick)
            {
                await state.WriteAsync(
                    async transaction =>
                    {
                        if (await new RecurringStore(transaction).TryTickAsync(entry.Name, tick))
                        {
                            await QueueAsync(transaction, entry, tick);
                        }
                    },
                    cancellationToken);
            }
        }
    }

    /// <summary>Queues an entry as if it fell due at this instant; its own ticks stay as they are.</summary>
    public static async Task<TaskId> QueueAsync(StateTransaction transaction, RecurringSpec entry, DateTimeOffset tick)
    {
        TaskId id = TaskId.ForTick(entry.Name, tick);
        await new TaskStore(transaction).AddAsync(new TaskRecord { Id = id, Owner = OwnerOf(entry.Name), Priority = Priority, Payload = new SubmitTask(entry.Name, tick, entry.Sweep) });
        return id;
    }
}
