using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Recurring;

/// <summary>How far the recurring entries are, within one transaction: the row of an entry is what makes its tick fire once.</summary>
internal sealed class RecurringStore(StateTransaction transaction)
{
    /// <summary>Takes in an entry: its ticks count from now, and from now again when it is another schedule than before.</summary>
    public async Task EnsureAsync(RecurringSpec entry, DateTimeOffset now)
    {
        var row = new { entry.Name, entry.Schedule.Cron, entry.Schedule.TimeZone, now = now.ToUnixTimeMilliseconds() };
        await transaction.ExecuteAsync(
            "INSERT INTO recurring (name, cron, time_zone, last_tick) VALUES (@Name, @Cron, @TimeZone, @now) ON CONFLICT (name) DO NOTHING", row);
        await transaction.ExecuteAsync(
            "UPDATE recurring SET cron = @Cron, time_zone = @TimeZone, last_tick = @now WHERE name = @Name AND (cron <> @Cron OR time_zone <> @TimeZone)", row);
    }

    /// <summary>The last tick of each entry that was ever taken in.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> LastTicksAsync() =>
        (await transaction.QueryAsync<Row>("SELECT name, last_tick FROM recurring", new { }))
            .ToDictionary(static r => r.Name, static r => DateTimeOffset.FromUnixTimeMilliseconds(r.LastTick), StringComparer.Ordinal);

    /// <summary>Moves an entry on to a tick; false where another orchestrator has done so.</summary>
    public async Task<bool> TryTickAsync(string name, DateTimeOffset tick) => await transaction.ExecuteAsync(
        "UPDATE recurring SET last_tick = @tick WHERE name = @name AND last_tick < @tick", new { name, tick = tick.ToUnixTimeMilliseconds() }) > 0;

    private sealed class Row
    {
        public string Name { get; init; } = "";

        public long LastTick { get; init; }
    }
}
