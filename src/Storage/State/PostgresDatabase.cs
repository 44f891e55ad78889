using System.Data;
using System.Diagnostics;
using Npgsql;
using Pipeline.Contracts;

namespace Pipeline.Storage.State;

/// <summary>
/// State on PostgreSQL. Writes are SERIALIZABLE and run again where two met; reads are of one snapshot. A lost connection, or a server that
/// restarts, is waited for; where the connection was lost while a commit was on its way, the server is asked what became of it.
/// </summary>
internal sealed class PostgresDatabase : StateDatabase
{
    /// <summary>Connections of one process: four orchestrators and their listeners stay below the 100 that a server allows by default.</summary>
    private const int MaxConnections = 20;

    /// <summary>Statements that a connection keeps prepared: more than the stores have.</summary>
    private const int PreparedStatements = 200;

    /// <summary>How long a server that we knew is waited for: its restart or failover takes less.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>How long one that we have not met yet is waited for: it may be starting beside us, or its address may be wrong.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(10);

    /// <summary>Any number, the same in every version: who migrates holds it.</summary>
    private const long MigrationLock = 0x7069_7065_6C69_6E65;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresListener _listener;
    private readonly string _name;
    private TimeSpan _patience = FirstPatience;

    private PostgresDatabase(NpgsqlConnectionStringBuilder settings)
    {
        _source = NpgsqlDataSource.Create(settings);
        _name = $"{settings.Host}:{settings.Port}/{settings.Database}";
        _listener = new PostgresListener(settings, channel => Raise([channel]), RaiseAll);
    }

    public static async Task<StateDatabase> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings = PostgresSettings.Parse(connectionString);
        settings.MaxPoolSize = MaxConnections;
        settings.MaxAutoPrepare = PreparedStatements;
        settings.ApplicationName ??= "pipeline";
        PostgresDatabase database = new(settings);
        try
        {
            await database.MigrateAsync(cancellationToken);
            database._patience = Patience;
            database._listener.Start();
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public override Task<T> WriteAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        RetryAsync(() => WriteOnceAsync(IsolationLevel.Serializable, work, cancellationToken), cancellationToken);

    public override Task<T> ClaimAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        RetryAsync(() => WriteOnceAsync(IsolationLevel.ReadCommitted, work, cancellationToken), cancellationToken);

    public override Task<T> ReadAsync<T>(Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken) => RetryAsync(
        async () =>
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            T result = await work(new StateTransaction(transaction, Dialect.Postgres, cancellationToken));
            await transaction.CommitAsync(cancellationToken);
            return result;
        },
        cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _source.DisposeAsync();
    }

    // READ COMMITTED, because each statement must see what another process committed while we waited for the lock.
    private Task MigrateAsync(CancellationToken cancellationToken) => ClaimAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync("SELECT pg_advisory_xact_lock(@MigrationLock)", new { MigrationLock });
            return await MigrateAsync(transaction, _name);
        },
        cancellationToken);

    private async Task<T> WriteOnceAsync<T>(IsolationLevel isolation, Func<StateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
        StateTransaction state = new(transaction, Dialect.Postgres, cancellationToken);
        T result = await work(state);
        foreach (string channel in state.Channels)
        {
            await state.ExecuteAsync("SELECT pg_notify(@server, @channel)", new { server = PostgresListener.ServerChannel, channel });
        }

        // Asked last, and only for a number that the transaction has been given: work that changed nothing has nothing to lose.
        string? id = await state.QuerySingleOrDefaultAsync<string>("SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)");
        try
        {
            // From here the caller's cancellation would leave the outcome open.
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (NpgsqlException e) when (id is not null && PostgresErrors.IsConnectionLost(e))
        {
            if (!await WasCommittedAsync(id))
            {
                throw;
            }
        }

        Raise(state.Channels);
        return result;
    }

    /// <summary>What became of a transaction whose commit was not answered.</summary>
    private Task<bool> WasCommittedAsync(string id) => RetryAsync(
        async () =>
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(CancellationToken.None);
            await using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = "SELECT pg_xact_status($1::xid8)";
            command.Parameters.Add(new NpgsqlParameter { Value = id });
            return await command.ExecuteScalarAsync(CancellationToken.None) switch
            {
                "committed" => true,
                "aborted" => false,

                // The server has not noticed yet that we are gone, or is at the commit.
                "in progress" => throw new NpgsqlException("The commit is still in progress.", new IOException()),
                _ => throw new PipelineException(
                    $"The connection to the state database '{_name}' was lost during a commit so long ago that the server has forgotten it. Look at the sweep before going on."),
            };
        },
        CancellationToken.None);

    /// <summary>Runs it again while it fails for a cause that passes.</summary>
    private async Task<T> RetryAsync<T>(Func<Task<T>> run, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan wait;
            try
            {
                return await run();
            }
            catch (NpgsqlException e) when (!cancellationToken.IsCancellationRequested)
            {
                wait = PostgresErrors.WaitAfter(e, attempt);
                if (wait == TimeSpan.Zero || Stopwatch.GetElapsedTime(start) + wait > _patience)
                {
                    throw PostgresErrors.Explain(e, _name);
                }
            }

            await Task.Delay(wait, cancellationToken);
        }
    }
}
