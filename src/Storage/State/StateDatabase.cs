using Dapper;
using Microsoft.Data.Sqlite;
using Pipeline.Contracts;

namespace Pipeline.Storage.State;

/// <summary>
/// The state of sweeps, tasks, runs and model versions, on SQLite in WAL mode. A write that returned is on the disk (<c>synchronous=FULL</c>) and
/// survives kill -9 and a power cut; readers see whole transactions and never wait for the writer. Any number of threads may use it.
/// </summary>
public sealed class StateDatabase : IAsyncDisposable
{
    /// <summary>Milliseconds that a writer waits for another process's transaction; ours are of milliseconds, so longer means something is stuck.</summary>
    private const int BusyTimeoutMs = 10_000;

    private const int SqliteFull = 13;
    private const int SqliteIoError = 10;
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;
    private const int SqliteCannotOpen = 14;

    private readonly string _path;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SqliteConnection _writer;

    private StateDatabase(string path, bool durable)
    {
        _path = path;
        _writer = Connect();
        try
        {
            // WAL is a property of the file, so readers find it set.
            _writer.Execute($"PRAGMA busy_timeout={BusyTimeoutMs}; PRAGMA journal_mode=WAL; PRAGMA synchronous={(durable ? "FULL" : "OFF")};");
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
    }

    /// <summary>Opens the database, creating the file and bringing the schema up to date where needed.</summary>
    /// <param name="path">The database file; its folder is created.</param>
    /// <param name="durable">False waives the wait for the disk at each commit: for tests that throw the file away.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PipelineException">The file's schema is newer than this program, is not a database, or the disk is full.</exception>
    public static async Task<StateDatabase> OpenAsync(string path, bool durable = true, CancellationToken cancellationToken = default)
    {
        SystemSqlite.EnsureLoaded();
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        StateDatabase database;
        try
        {
            database = new(path, durable);
        }
        catch (SqliteException e)
        {
            throw Explain(e, path);
        }

        try
        {
            await database.WriteAsync(database.MigrateAsync, cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction of its own, one writer at a time, and commits where it returns. Where it throws, nothing of it is
    /// kept. The work must not call back into the database but through its transaction.
    /// </summary>
    /// <exception cref="PipelineException">The disk is full or failing; nothing of the work is kept.</exception>
    public async Task<T> WriteAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            return await RunAsync(_writer, deferred: false, work, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>As <see cref="WriteAsync{T}"/>, for work that gives nothing back.</summary>
    public Task WriteAsync(Func<StateTransaction, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            cancellationToken);

    /// <summary>Runs <paramref name="work"/> on one consistent snapshot, beside any writer. It must not write.</summary>
    public async Task<T> ReadAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using SqliteConnection connection = Connect();
        return await RunAsync(connection, deferred: true, work, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        SqliteConnection.ClearPool(_writer);
        _writing.Dispose();
    }

    private async Task<T> RunAsync<T>(
        SqliteConnection connection, bool deferred, Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            // Disposing a transaction that was not committed rolls it back.
            await using SqliteTransaction transaction = connection.BeginTransaction(deferred);
            T result = await work(new StateTransaction(connection, transaction, cancellationToken));
            transaction.Commit();
            return result;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteFull or SqliteIoError or SqliteCorrupt or SqliteNotADatabase or SqliteCannotOpen)
        {
            throw Explain(e, _path);
        }
    }

    private SqliteConnection Connect()
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = true,
            DefaultTimeout = BusyTimeoutMs / 1000,
        }.ToString());
        connection.Open();
        return connection;
    }

    private async Task<int> MigrateAsync(StateTransaction transaction)
    {
        await transaction.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL)");
        IReadOnlyList<long> numbers = await transaction.QueryAsync<long>("SELECT number FROM schema_migrations ORDER BY number");
        HashSet<long> applied = [.. numbers];
        int newest = Migration.All[^1].Number;
        if (numbers.Count > 0 && numbers[^1] > newest)
        {
            throw new PipelineException(
                $"The state database '{_path}' has schema {numbers[^1]}; this program knows schemas up to {newest}. " +
                "It was written by a newer version of pipeline: use that version, or point `state` at another folder. Nothing was changed.");
        }

        // All steps share one transaction: a process that dies here leaves the old schema whole.
        foreach (Migration migration in Migration.All.Where(m => !applied.Contains(m.Number)))
        {
            await transaction.ExecuteAsync(migration.Sql);
            await transaction.ExecuteAsync("INSERT INTO schema_migrations (number, name) VALUES (@Number, @Name)", migration);
        }

        return newest;
    }

    private static PipelineException Explain(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        SqliteFull => new PipelineException(
            $"The disk that holds the state database '{path}' is full. What was stored before is unharmed and the last change was not kept. " +
            "Free some space and run the same command again.", e),
        SqliteCorrupt or SqliteNotADatabase => new CorruptDataException(
            $"'{path}' is not a whole SQLite database ({e.Message}). Restore it from a backup, or move it aside to start with empty state.", e),
        _ => new PipelineException(
            $"The state database '{path}' cannot be read or written ({e.Message}). Check that the folder is on a working disk and writable by you.", e),
    };
}
