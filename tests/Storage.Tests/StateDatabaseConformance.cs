using Pipeline.Storage.State;

namespace Pipeline.Storage.Tests;

/// <summary>What every state database must do; each has a class that hands it in.</summary>
public abstract class StateDatabaseConformance
{
    [Fact]
    public async Task What_a_write_returned_from_is_there_after_reopening()
    {
        await using (StateDatabase database = await OpenAsync())
        {
            await InsertAsync(database, "a");
        }

        await using StateDatabase again = await OpenAsync();
        Assert.Equal(["a"], await TextsAsync(again));
    }

    [Fact]
    public async Task A_write_that_throws_keeps_nothing()
    {
        await using StateDatabase database = await OpenAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => database.WriteAsync<int>(
            async t =>
            {
                await t.ExecuteAsync("INSERT INTO task_logs VALUES ('t', 1, 1, 'lost')");
                throw new InvalidDataException();
            },
            default));
        Assert.Empty(await TextsAsync(database));
        await InsertAsync(database, "later");
        Assert.Equal(["later"], await TextsAsync(database));
    }

    [Fact]
    public async Task Writers_are_one_at_a_time_and_readers_see_whole_transactions()
    {
        await using StateDatabase database = await OpenAsync();
        await database.WriteAsync(t => t.ExecuteAsync("INSERT INTO task_logs VALUES ('n', 0, 0, '0'), ('n', 0, 1, '0')"), default);
        Task[] writers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                await database.WriteAsync(
                    async t =>
                    {
                        int n = (await t.QueryAsync<int>("SELECT CAST(text AS INTEGER) FROM task_logs WHERE line = 0"))[0];
                        await t.ExecuteAsync("UPDATE task_logs SET text = @n WHERE line = 0", new { n = n + 1 });
                        await Task.Yield();
                        await t.ExecuteAsync("UPDATE task_logs SET text = @n WHERE line = 1", new { n = n + 1 });
                    },
                    default);
            }
        }))];
        Task all = Task.WhenAll(writers);
        while (!all.IsCompleted)
        {
            IReadOnlyList<string> pair = await TextsAsync(database);
            Assert.Equal(pair[0], pair[1]);
        }

        await all;
        Assert.Equal(["200", "200"], await TextsAsync(database));
    }

    [Fact]
    public async Task Migrations_are_numbered_without_gaps_and_applied_once()
    {
        await using StateDatabase database = await OpenAsync();
        await using StateDatabase second = await OpenAsync();
        IReadOnlyList<int> numbers = await second.ReadAsync(t => t.QueryAsync<int>("SELECT number FROM schema_migrations ORDER BY number"), default);
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }

    [Fact]
    public async Task Many_that_open_a_new_database_at_once_apply_each_migration_once()
    {
        StateDatabase[] databases = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(OpenAsync)));
        IReadOnlyList<string> tables = await databases[0].ReadAsync(t => t.QueryAsync<string>("SELECT name FROM schema_migrations ORDER BY number"), default);
        Assert.Equal(tables.Distinct(), tables);
        foreach (StateDatabase database in databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_processes_that_decide_by_what_they_read_decide_one_after_the_other()
    {
        await using StateDatabase one = await OpenAsync();
        await using StateDatabase other = await OpenAsync();

        // Each inserts what is absent: with snapshots alone, both would find nothing and both insert.
        for (int round = 0; round < 20; round++)
        {
            string kind = $"k{round}";
            int[] inserted = await Task.WhenAll(new[] { one, other }.Select((database, i) => Task.Run(() => database.WriteAsync(
                async t => (await t.QueryAsync<long>("SELECT line FROM task_logs WHERE task = @kind", new { kind })).Count > 0
                    ? 0
                    : await t.ExecuteAsync("INSERT INTO task_logs VALUES (@kind, 1, @i, '')", new { kind, i }),
                default))));
            Assert.Equal(1, inserted.Sum());
        }
    }

    [Fact]
    public async Task A_reader_sees_one_snapshot_from_its_first_look_to_its_last()
    {
        await using StateDatabase database = await OpenAsync();
        await InsertAsync(database, "before");
        await database.ReadAsync(
            async t =>
            {
                long first = (await t.QueryAsync<long>("SELECT COUNT(*) FROM task_logs"))[0];
                await InsertAsync(database, "meanwhile");
                Assert.Equal(first, (await t.QueryAsync<long>("SELECT COUNT(*) FROM task_logs"))[0]);
                return true;
            },
            default);
        Assert.Equal(["before", "meanwhile"], await TextsAsync(database));
    }

    [Fact]
    public async Task Lists_nulls_and_large_numbers_are_read_alike()
    {
        await using StateDatabase database = await OpenAsync();
        foreach (string text in (string[])["a", "b", "c"])
        {
            await InsertAsync(database, text);
        }

        IReadOnlyList<string> Of(string sql, object parameters) => database.ReadAsync(t => t.QueryAsync<string>(sql, parameters), default).Result;
        IEnumerable<string> lazily = new[] { "c", "a", "z" }.Where(static s => s != "z");
        Assert.Equal(["a", "c"], Of("SELECT text FROM task_logs WHERE text IN @some ORDER BY line", new { some = lazily }));
        Assert.Equal(["b"], Of("SELECT text FROM task_logs WHERE text NOT IN @some AND task = @task", new { some = lazily, task = "t" }));
        Assert.Empty(Of("SELECT text FROM task_logs WHERE line IN @none", new { none = Array.Empty<long>() }));
        Assert.Equal(["b"], Of("SELECT text FROM task_logs WHERE line IN @lines", new Dictionary<string, object?> { ["lines"] = new long[] { 1, 9 } }));
        Assert.Equal(["a", "b", "c"], Of("SELECT text FROM task_logs WHERE @one IS NULL OR text = @one ORDER BY line", new { one = (string?)null }));
        Assert.Equal(["c"], Of("SELECT text FROM task_logs WHERE (token, line) > (@token, @line)", new { token = (long?)1, line = 1 }));
        long large = await database.WriteAsync(
            t => t.QuerySingleOrDefaultAsync<long>(
                "INSERT INTO task_logs VALUES ('large', @token, 0, '') ON CONFLICT (task, token, line) DO NOTHING RETURNING token", new { token = long.MaxValue }),
            default);
        Assert.Equal(long.MaxValue, large);
    }

    [Fact]
    public async Task Texts_are_ordered_by_their_bytes_and_patterns_heed_case()
    {
        await using StateDatabase database = await OpenAsync();
        string[] texts = ["b", "a", "B", "_x", "A", "a b", "ab", "50%", "é"];
        foreach (string text in texts)
        {
            await InsertAsync(database, text);
        }

        IReadOnlyList<string> Of(string where, string pattern) => database.ReadAsync(
            t => t.QueryAsync<string>($"SELECT text FROM task_logs WHERE text {where} ORDER BY text", new { pattern }), default).Result;
        Assert.Equal(texts.Order(StringComparer.Ordinal), Of("<> @pattern", ""));
        Assert.Equal(["a", "a b", "ab"], Of("LIKE @pattern ESCAPE '\\'", "a%"));
        Assert.Equal(["50%"], Of("LIKE @pattern ESCAPE '\\'", "%\\%"));
    }

    [Fact]
    public async Task Who_waits_for_a_channel_is_woken_by_a_commit_and_not_by_a_roll_back()
    {
        await using StateDatabase database = await OpenAsync();

        // A signal may be raised without cause, as when the listening begins: wait until it is quiet.
        Signal signal = database.SignalOf("tasks");
        await Task.Delay(300);
        Task next = signal.Next;
        await Assert.ThrowsAsync<InvalidDataException>(() => database.WriteAsync(
            t =>
            {
                t.Notify("tasks");
                throw new InvalidDataException();
            },
            default));
        await database.WriteAsync(
            t =>
            {
                t.Notify("others");
                return Task.CompletedTask;
            },
            default);
        await Task.Delay(100);
        Assert.False(next.IsCompleted);
        await database.WriteAsync(
            t =>
            {
                t.Notify("tasks");
                return Task.CompletedTask;
            },
            default);
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Opens the test's database once more, as another process would.</summary>
    protected abstract Task<StateDatabase> OpenAsync();

    protected static Task InsertAsync(StateDatabase database, string text) =>
        database.WriteAsync(t => t.ExecuteAsync("INSERT INTO task_logs SELECT 't', 1, COUNT(*), @text FROM task_logs", new { text }), default);

    protected static Task<IReadOnlyList<string>> TextsAsync(StateDatabase database) =>
        database.ReadAsync(t => t.QueryAsync<string>("SELECT text FROM task_logs ORDER BY line"), default);
}
