using Npgsql;
using Pipeline.Contracts;

namespace Pipeline.Storage.State;

/// <summary>Which of PostgreSQL's errors pass, and what is said of those that do not.</summary>
internal static class PostgresErrors
{
    /// <summary>The longest wait between two attempts to reach a server.</summary>
    private const double MaxReconnectMs = 2000;

    /// <summary>The longest wait of a writer that met others.</summary>
    private const double MaxConflictMs = 100;

    /// <summary>Two who insert one key at once may meet in the index before they meet in their reads: the second look finds the other's row.</summary>
    private const int MaxUniqueAttempts = 2;

    // Spreads writers that met, lest they meet again; decides nothing else.
    private static long s_conflicts;

    /// <summary>Whether the server is gone or going: restarting, failing over, or out of connections.</summary>
    public static bool IsConnectionLost(NpgsqlException e) => e is PostgresException p
        ? p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState
            is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.IdleSessionTimeout
        : e.IsTransient || e.InnerException is IOException or System.Net.Sockets.SocketException or TimeoutException;

    /// <summary>How long to wait before work is run again; zero where that would not help.</summary>
    public static TimeSpan WaitAfter(NpgsqlException e, int attempt)
    {
        double doubled = Math.Pow(2, Math.Min(attempt, 20));
        bool met = e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            || (e.SqlState == PostgresErrorCodes.UniqueViolation && attempt < MaxUniqueAttempts);
        if (met)
        {
            StableRandom spread = StableRandom.For((ulong)Environment.ProcessId, "conflict", Interlocked.Increment(ref s_conflicts));
            return TimeSpan.FromMilliseconds(Math.Min(MaxConflictMs, doubled) * (0.5 + spread.NextDouble()));
        }

        return IsConnectionLost(e) ? TimeSpan.FromMilliseconds(Math.Min(MaxReconnectMs, 50 * doubled)) : TimeSpan.Zero;
    }

    /// <summary>The error in terms of the database and of what to do.</summary>
    public static PipelineException Explain(NpgsqlException e, string database) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new PipelineException(
            $"The state database '{database}' does not let us in ({Text(e)}). Check the user and the password of `state.postgres`.", e),
        PostgresErrorCodes.InvalidCatalogName => new PipelineException(
            $"There is no state database '{database}' ({Text(e)}). Create it: createdb --encoding UTF8 NAME.", e),
        PostgresErrorCodes.InsufficientPrivilege => new PipelineException(
            $"The user of `state.postgres` may not do this in '{database}' ({Text(e)}). Make it the owner of the database.", e),
        PostgresErrorCodes.DiskFull => new NoSpaceException(
            $"The disk of the state database '{database}' is full. What was stored before is unharmed and the last change was not kept. Free some space.", e),
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => new BadInputException(
            $"A text holds a character that PostgreSQL does not store ({Text(e)}): leave out NUL characters.", e),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => new PipelineException(
            $"The state database '{database}' has so many writers that a change could not be made. Nothing of it was kept; run the same command again.", e),
        _ when IsConnectionLost(e) => new PipelineException(
            $"The state database '{database}' cannot be reached ({Text(e)}). Check that the server runs and the address of `state.postgres`.", e),
        _ => new PipelineException($"The state database '{database}' failed ({Text(e)}). Nothing of the last change was kept.", e),
    };

    private static string Text(NpgsqlException e) => e is PostgresException p ? $"{p.SqlState} {p.MessageText}" : e.Message;
}
