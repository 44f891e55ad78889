using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>The workers of the state database, within one transaction.</summary>
internal sealed class WorkerStore(StateTransaction transaction)
{
    private const string Prefix = "worker-";

    /// <summary>Takes in a worker; gives its id, never given before.</summary>
    public async Task<WorkerId> AddAsync(WorkerHello hello, DateTimeOffset now)
    {
        long number = await transaction.QuerySingleOrDefaultAsync<long>(
            """
            INSERT INTO workers (host, process_id, device, slots, version, registered, last_seen)
            VALUES (@Host, @ProcessId, @Device, @Slots, @Version, @now, @now) RETURNING number
            """,
            new { hello.Host, hello.ProcessId, hello.Device, hello.Slots, hello.Version, now = now.ToUnixTimeMilliseconds() });
        return new WorkerId(Prefix + number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The worker was heard.</summary>
    public Task SeenAsync(WorkerId worker, DateTimeOffset now) =>
        transaction.ExecuteAsync("UPDATE workers SET last_seen = @now WHERE number = @number", new { number = Number(worker), now = now.ToUnixTimeMilliseconds() });

    /// <summary>The worker, or every one, is gone.</summary>
    public Task GoneAsync(WorkerId? worker) => transaction.ExecuteAsync(
        "UPDATE workers SET gone = 1 WHERE @number IS NULL OR number = @number", new { number = worker is { } id ? Number(id) : (long?)null });

    /// <summary>Whether the worker has said goodbye, or lost its device.</summary>
    public async Task<bool> IsGoneAsync(WorkerId worker) =>
        await transaction.QuerySingleOrDefaultAsync<long>("SELECT gone FROM workers WHERE number = @number", new { number = Number(worker) }) != 0;

    /// <summary>The workers of a machine's process that are not gone.</summary>
    public async Task<IReadOnlyList<WorkerId>> OfProcessAsync(string host, int processId) =>
        [.. (await transaction.QueryAsync<long>("SELECT number FROM workers WHERE host = @host AND process_id = @processId AND gone = 0", new { host, processId }))
            .Select(static n => new WorkerId(Prefix + n.ToString(CultureInfo.InvariantCulture)))];

    private static long Number(WorkerId worker) =>
        worker.Value.StartsWith(Prefix, StringComparison.Ordinal) && long.TryParse(worker.Value.AsSpan(Prefix.Length), CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new BadInputException($"'{worker}' is no worker of this orchestrator: its ids look like {Prefix}1. Register first.");
}
