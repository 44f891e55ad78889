using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Storage.Tests;

public sealed class StateDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("state/pipeline.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_write_returned_from_is_there_after_reopening()
    {
        await using (StateDatabase database = await Open())
        {
            await Insert(database, "a");
        }

        await using StateDatabase again = await Open();
        Assert.Equal(["a"], await Texts(again));
    }

    [Fact]
    public async Task A_write_that_throws_keeps_nothing()
    {
        await using StateDatabase database = await Open();
        await Assert.ThrowsAsync<InvalidDataException>(() => database.WriteAsync<int>(
            async t =>
            {
                await t.ExecuteAsync("INSERT INTO task_logs VALUES ('t', 1, 1, 'lost')");
                throw new InvalidDataException();
            },
            default));
        Assert.Empty(await Texts(database));
        await Insert(database, "later");
        Assert.Equal(["later"], await Texts(database));
    }

    [Fact]
    public async Task Writers_are_one_at_a_time_and_readers_see_whole_transactions()
    {
        await using StateDatabase database = await Open();
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
            IReadOnlyList<string> pair = await Texts(database);
            Assert.Equal(pair[0], pair[1]);
        }

        await all;
        Assert.Equal(["200", "200"], await Texts(database));
    }

    [Fact]
    public async Task A_schema_newer_than_the_program_is_refused_and_left_alone()
    {
        await using (StateDatabase database = await Open())
        {
            await database.WriteAsync(t => t.ExecuteAsync("INSERT INTO schema_migrations VALUES (9999, 'future')"), default);
        }

        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(Open);
        Assert.Contains("has schema 9999", e.Message, StringComparison.Ordinal);
        Assert.Contains("newer version of pipeline", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_by_name()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000));
        PipelineException e = await Assert.ThrowsAsync<CorruptDataException>(Open);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_nothing_stored_is_harmed()
    {
        await using StateDatabase database = await Open();
        await Insert(database, "kept");

        // SQLite's page limit gives the same error code as a disk without space.
        await database.WriteAsync(t => t.QueryAsync<long>("PRAGMA max_page_count = 1"), default);
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => Insert(database, new string('x', 1_000_000)));
        Assert.Equal(1, e.ExitCode);
        Assert.Contains("is full", e.Message, StringComparison.Ordinal);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
        Assert.Equal(["kept"], await Texts(database));
    }

    [Fact]
    public async Task Migrations_are_numbered_without_gaps_and_applied_once()
    {
        await using StateDatabase database = await Open();
        await using StateDatabase second = await Open();
        IReadOnlyList<int> numbers = await second.ReadAsync(t => t.QueryAsync<int>("SELECT number FROM schema_migrations ORDER BY number"), default);
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }

    [Fact]
    public async Task The_library_is_the_systems_where_the_system_has_one()
    {
        await using StateDatabase database = await Open();
        IReadOnlyList<string> version = await database.ReadAsync(t => t.QueryAsync<string>("SELECT sqlite_version()"), default);
        bool systems = System.IO.File.ReadLines("/proc/self/maps").Any(l => l.Contains("libsqlite3.so", StringComparison.Ordinal));
        Assert.True(systems || new Version(version[0]) < new Version(3, 40), $"SQLite {version[0]} is neither the system's nor the package's.");
    }

    private Task<StateDatabase> Open() => StateDatabase.OpenAsync(File);

    private static Task Insert(StateDatabase database, string text) =>
        database.WriteAsync(t => t.ExecuteAsync("INSERT INTO task_logs SELECT 't', 1, COUNT(*), @text FROM task_logs", new { text }), default);

    private static Task<IReadOnlyList<string>> Texts(StateDatabase database) =>
        database.ReadAsync(t => t.QueryAsync<string>("SELECT text FROM task_logs ORDER BY line"), default);
}
