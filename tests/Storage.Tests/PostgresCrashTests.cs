using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Storage.Tests;

/// <summary>A server of its own, which is crashed under its writers.</summary>
public sealed class PostgresCrashTests
{
    private const int Writers = 4;
    private const int Each = 60;

    [Fact]
    public async Task Every_write_counts_once_while_the_server_crashes_and_connections_are_cut()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using StateDatabase one = await StateDatabase.OpenPostgresAsync(await server.NewDatabaseAsync());
        await one.WriteAsync(t => t.ExecuteAsync("INSERT INTO task_logs VALUES ('n', 0, 0, '0')"), default);
        Task all = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                await one.WriteAsync(
                    async t =>
                    {
                        int n = (await t.QueryAsync<int>("SELECT CAST(text AS INTEGER) FROM task_logs"))[0];
                        await t.ExecuteAsync("UPDATE task_logs SET text = @n", new { n = n + 1 });
                    },
                    default);
            }
        })));
        StableRandom random = new(17);
        for (int round = 0; !all.IsCompleted; round++)
        {
            await Task.WhenAny(all, Task.Delay(20 + random.NextInt(100)));
            if (round % 8 == 5)
            {
                await server.CrashAsync();
                await server.ResumeAsync();
            }
            else
            {
                await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pipeline'");
            }
        }

        await all;
        Assert.Equal($"{Writers * Each}", (await one.ReadAsync(t => t.QueryAsync<string>("SELECT text FROM task_logs"), default))[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_is_lost_counts_once(bool serverHears)
    {
        string direct = await PostgresServer.NewSharedDatabaseAsync();
        int port = new Npgsql.NpgsqlConnectionStringBuilder(direct).Port;
        await using CuttingProxy proxy = new(port);
        await using StateDatabase database = await StateDatabase.OpenPostgresAsync(direct.Replace($"Port={port}", $"Port={proxy.Port}", StringComparison.Ordinal));
        int runs = 0;
        for (int i = 1; i <= 5; i++)
        {
            proxy.CutNextCommit(serverHears);
            await database.WriteAsync(
                t =>
                {
                    runs++;
                    return t.ExecuteAsync("INSERT INTO task_logs SELECT 't', 1, COUNT(*), '' FROM task_logs");
                },
                default);
            Assert.Equal(i, proxy.Cuts);
            Assert.Equal(i, (await database.ReadAsync(t => t.QueryAsync<int>("SELECT COUNT(*) FROM task_logs"), default))[0]);
        }

        Assert.Equal(serverHears ? 5 : 10, runs);
    }

    [Fact]
    public async Task Who_waits_is_woken_again_after_the_server_was_lost()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string connection = await server.NewDatabaseAsync();
        await using StateDatabase one = await StateDatabase.OpenPostgresAsync(connection);
        await using StateDatabase other = await StateDatabase.OpenPostgresAsync(connection);
        await server.CrashAsync();
        Task lost = one.SignalOf("tasks").Next;
        await server.ResumeAsync();

        // Found again, it is woken for what it may have missed, and hears what comes.
        await lost.WaitAsync(TimeSpan.FromSeconds(30));
        Task next = one.SignalOf("tasks").Next;
        await other.WriteAsync(
            t =>
            {
                t.Notify("tasks");
                return Task.CompletedTask;
            },
            default);
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
