using Dapper;
using Microsoft.Data.Sqlite;
using Pipeline.Contracts;
using SQLitePCL;

namespace Pipeline.Storage.State;

/// <summary>State in a SQLite file in WAL mode with <c>synchronous=FULL</c>: one writer at a time, readers on snapshots beside it.</summary>
internal sealed class SqliteDatabase : StateDatabase
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

    private SqliteDatabase(string path, bool durable)
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

    public static new async Task<StateDatabase> OpenAsync(string path, bool durable, CancellationToken cancellationToken)
    {
        SystemSqlite.EnsureLoaded();
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SqliteDatabase database;
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
            await database.WriteAsync(t => MigrateAsync(t, path), cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public override async Task<T> WriteAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
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

    public override Task<T> ClaimAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken) => WriteAsync(work, cancellationToken);

    public override async Task<T> ReadAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using SqliteConnection connection = Connect();
        return await RunAsync(connection, deferred: true, work, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
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
            StateTransaction state = new(transaction, Dialect.Sqlite, cancellationToken);
            T result = await work(state);
            Commit(connection, transaction);
            Raise(state.Channels);
            return result;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteFull or SqliteIoError or SqliteCorrupt or SqliteNotADatabase or SqliteCannotOpen)
        {
            throw Explain(e, _path);
        }
    }

    private static void Commit(SqliteConnection connection, SqliteTransaction transaction)
    {
        try
        {
            transaction.Commit();
        }
        catch (SqliteException) when (raw.sqlite3_get_autocommit(connection.Handle) != 0)
        {
            // SQLite rolled back by itself (the disk is full), of which the transaction object does not know: it gets one to roll back,
            // else its own error hides this one and the connection is of no further use.
            raw.sqlite3_exec(connection.Handle, "BEGIN");
            throw;
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
        connection.Execute("PRAGMA case_sensitive_like=ON");
        return connection;
    }

    private static PipelineException Explain(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        SqliteFull => new NoSpaceException(
            $"The disk that holds the state database '{path}' is full. What was stored before is unharmed and the last change was not kept. " +
            "Free some space and run the same command again.", e),
        SqliteCorrupt or SqliteNotADatabase => new CorruptDataException(
            $"'{path}' is not a whole SQLite database ({e.Message}). Restore it from a backup, or move it aside to start with empty state.", e),
        _ => new PipelineException(
            $"The state database '{path}' cannot be read or written ({e.Message}). Check that the folder is on a working disk and writable by you.", e),
    };
}
