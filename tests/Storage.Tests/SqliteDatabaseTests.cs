using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Storage.Tests;

public sealed class SqliteDatabaseTests : StateDatabaseConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("state/pipeline.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_schema_newer_than_the_program_is_refused_and_left_alone()
    {
        await using (StateDatabase database = await OpenAsync())
        {
            await database.WriteAsync(t => t.ExecuteAsync("INSERT INTO schema_migrations VALUES (9999, 'future')"), default);
        }

        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(OpenAsync);
        Assert.Contains("has schema 9999", e.Message, StringComparison.Ordinal);
        Assert.Contains("newer version of pipeline", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_by_name()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000));
        PipelineException e = await Assert.ThrowsAsync<CorruptDataException>(OpenAsync);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_nothing_stored_is_harmed()
    {
        await using StateDatabase database = await OpenAsync();
        await InsertAsync(database, "kept");

        // SQLite's page limit gives the same error code as a disk without space.
        await database.WriteAsync(t => t.QueryAsync<long>("PRAGMA max_page_count = 1"), default);
        NoSpaceException e = await Assert.ThrowsAsync<NoSpaceException>(() => InsertAsync(database, new string('x', 1_000_000)));
        Assert.Equal(1, e.ExitCode);
        Assert.Contains("is full", e.Message, StringComparison.Ordinal);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
        Assert.Equal(["kept"], await TextsAsync(database));
    }

    [Fact]
    public async Task The_library_is_the_systems_where_the_system_has_one()
    {
        await using StateDatabase database = await OpenAsync();
        IReadOnlyList<string> version = await database.ReadAsync(t => t.QueryAsync<string>("SELECT sqlite_version()"), default);
        bool systems = System.IO.File.ReadLines("/proc/self/maps").Any(l => l.Contains("libsqlite3.so", StringComparison.Ordinal));
        Assert.True(systems || new Version(version[0]) < new Version(3, 40), $"SQLite {version[0]} is neither the system's nor the package's.");
    }

    protected override Task<StateDatabase> OpenAsync() => StateDatabase.OpenAsync(File);
}
