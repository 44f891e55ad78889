using System.Collections.Concurrent;
using Dapper;
using Pipeline.Contracts;

namespace Pipeline.Storage.State;

/// <summary>
/// The state of sweeps, tasks, runs and model versions: a SQLite file on one machine, or PostgreSQL for several. A write that returned is on the
/// disk and survives kill -9 and a power cut; readers see whole transactions and never wait for a writer. Any number of threads may use it.
/// The stores' SQL is the same for both: see <see cref="StateTransaction"/>.
/// </summary>
public abstract class StateDatabase : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Signal> _signals = new(StringComparer.Ordinal);

    static StateDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private protected StateDatabase()
    {
    }

    /// <summary>Opens a SQLite file, creating it and bringing its schema up to date where needed.</summary>
    /// <param name="path">The database file; its folder is created.</param>
    /// <param name="durable">False waives the wait for the disk at each commit: for tests that throw the file away.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PipelineException">The file's schema is newer than this program, is not a database, or the disk is full.</exception>
    public static Task<StateDatabase> OpenAsync(string path, bool durable = true, CancellationToken cancellationToken = default) =>
        SqliteDatabase.OpenAsync(path, durable, cancellationToken);

    /// <summary>Opens a PostgreSQL database, bringing its schema up to date where needed; several processes may do so at once.</summary>
    /// <param name="connectionString">As Npgsql takes it. A server that is not on this machine is reached over TLS, and its certificate is checked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">The connection string is malformed, or waives TLS for a server elsewhere.</exception>
    /// <exception cref="PipelineException">The server cannot be reached, does not let us in, or the schema is newer than this program.</exception>
    public static Task<StateDatabase> OpenPostgresAsync(string connectionString, CancellationToken cancellationToken = default) =>
        PostgresDatabase.OpenAsync(connectionString, cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction of its own, with the effect of one writer at a time, and commits where it returns. Where it
    /// throws, nothing of it is kept. The work must not call back into the database but through its transaction, and must have no effect outside
    /// it: where two writers met, or the server restarted, it is rolled back and run again.
    /// </summary>
    /// <exception cref="PipelineException">The store is full, failing or not to be reached; nothing of the work is kept.</exception>
    public abstract Task<T> WriteAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>As <see cref="WriteAsync{T}"/>, for work that gives nothing back.</summary>
    public Task WriteAsync(Func<StateTransaction, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync{T}"/>, but beside other writers: isolated by the rows that it locks (<c>FOR UPDATE SKIP LOCKED</c>) alone. For claims,
    /// of which many run at once; each must decide by the rows it has locked and by nothing else.
    /// </summary>
    public abstract Task<T> ClaimAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Runs <paramref name="work"/> on one consistent snapshot, beside any writer. It must not write.</summary>
    public abstract Task<T> ReadAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>
    /// The signal of a channel, raised after each transaction that called <see cref="StateTransaction.Notify"/> with its name, in every process that
    /// uses the database. It may be raised without cause; and a process that lost the server is woken when it has found it again.
    /// </summary>
    public Signal SignalOf(string channel) => _signals.GetOrAdd(channel, static _ => new Signal());

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private protected void Raise(IEnumerable<string> channels)
    {
        foreach (string channel in channels)
        {
            SignalOf(channel).Raise();
        }
    }

    private protected void RaiseAll() => Raise(_signals.Keys);

    /// <summary>Brings the schema up to date. All steps share the transaction: a process that dies here leaves the old schema whole.</summary>
    private protected static async Task<int> MigrateAsync(StateTransaction transaction, string database)
    {
        await transaction.DefineAsync("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL)");
        IReadOnlyList<long> numbers = await transaction.QueryAsync<long>("SELECT number FROM schema_migrations ORDER BY number");
        HashSet<long> applied = [.. numbers];
        int newest = Migration.All[^1].Number;
        if (numbers.Count > 0 && numbers[^1] > newest)
        {
            throw new PipelineException(
                $"The state database '{database}' has schema {numbers[^1]}; this program knows schemas up to {newest}. " +
                "It was written by a newer version of pipeline: use that version, or point `state` elsewhere. Nothing was changed.");
        }

        foreach (Migration migration in Migration.All.Where(m => !applied.Contains(m.Number)))
        {
            await transaction.DefineAsync(migration.Sql);
            await transaction.ExecuteAsync("INSERT INTO schema_migrations (number, name) VALUES (@Number, @Name)", migration);
        }

        return newest;
    }
}
