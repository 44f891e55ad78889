using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Storage.Tests;

public sealed class PostgresDatabaseTests : StateDatabaseConformance, IAsyncLifetime
{
    private string _connection = "";

    public async Task InitializeAsync() => _connection = await PostgresServer.NewSharedDatabaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_commit_in_one_process_wakes_who_waits_in_another()
    {
        await using StateDatabase one = await OpenAsync();
        await using StateDatabase other = await OpenAsync();
        await Task.Delay(300);
        Task next = other.SignalOf("tasks").Next;
        await one.WriteAsync(
            t =>
            {
                t.Notify("tasks");
                return Task.CompletedTask;
            },
            default);
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Claims_at_once_never_lock_the_same_row()
    {
        await using StateDatabase one = await OpenAsync();
        await using StateDatabase other = await OpenAsync();
        for (int i = 0; i < 200; i++)
        {
            await InsertAsync(one, $"{i}");
        }

        async Task<List<long>> ClaimAll(StateDatabase database)
        {
            List<long> mine = [];
            while (true)
            {
                IReadOnlyList<long> lines = await database.ClaimAsync(
                    async t =>
                    {
                        IReadOnlyList<long> found = await t.QueryAsync<long>(
                            "SELECT line FROM task_logs WHERE text <> 'claimed' ORDER BY line LIMIT 3 FOR UPDATE SKIP LOCKED");
                        await t.ExecuteAsync("UPDATE task_logs SET text = 'claimed' WHERE line IN @found", new { found });
                        return found;
                    },
                    default);
                if (lines.Count == 0)
                {
                    return mine;
                }

                mine.AddRange(lines);
            }
        }

        List<long>[] claimed = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => ClaimAll(i % 2 == 0 ? one : other))));
        Assert.Equal(Enumerable.Range(0, 200).Select(static i => (long)i), claimed.SelectMany(static c => c).Order());
    }

    [Fact]
    public async Task A_text_with_a_nul_is_refused_as_bad_input()
    {
        await using StateDatabase database = await OpenAsync();
        await Assert.ThrowsAsync<BadInputException>(() => InsertAsync(database, "a\0b"));
        await InsertAsync(database, "fine");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_said_by_name()
    {
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => StateDatabase.OpenPostgresAsync(_connection.Replace("Database=", "Database=no_")));
        Assert.Contains("no_test_", e.Message, StringComparison.Ordinal);
        Assert.Contains("createdb", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_newer_than_the_program_is_refused()
    {
        await using (StateDatabase database = await OpenAsync())
        {
            await database.WriteAsync(t => t.ExecuteAsync("INSERT INTO schema_migrations VALUES (9999, 'future')"), default);
        }

        PipelineException e = await Assert.ThrowsAsync<PipelineException>(OpenAsync);
        Assert.Contains("has schema 9999", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db.example.org;Database=d;SSL Mode=Disable", "db.example.org")]
    [InlineData("Host=127.0.0.1,10.0.0.9;Database=d;SSL Mode=Allow", "10.0.0.9")]
    [InlineData("Host=127.0.0.1", "database")]
    [InlineData("Database=d", "host")]
    [InlineData("Hosst=127.0.0.1;Password=secret", "hosst")]
    public void A_connection_string_that_is_not_whole_or_waives_tls_is_refused_without_showing_the_password(string text, string named)
    {
        BadInputException e = Assert.Throws<BadInputException>(() => PostgresSettings.Parse(text));
        Assert.Contains(named, e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=/run/postgresql;Database=d", Npgsql.SslMode.Prefer)]
    [InlineData("Host=::1;Database=d", Npgsql.SslMode.Prefer)]
    [InlineData("Host=db.example.org;Database=d", Npgsql.SslMode.VerifyFull)]
    [InlineData("Host=db.example.org;Database=d;SSL Mode=Require", Npgsql.SslMode.Require)]
    public void A_server_elsewhere_is_reached_over_tls(string text, Npgsql.SslMode expected) => Assert.Equal(expected, PostgresSettings.Parse(text).SslMode);

    protected override Task<StateDatabase> OpenAsync() => StateDatabase.OpenPostgresAsync(_connection);
}
