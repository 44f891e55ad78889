using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Storage.Tests;

public sealed class DirectoryBlobStoreTests : BlobStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryBlobStore _store;

    public DirectoryBlobStoreTests() => _store = new DirectoryBlobStore(_folder.Path);

    protected override IBlobStore Store => _store;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_is_said_naming_the_folder_and_the_key()
    {
        await _store.PutAsync("x/kept", "kept"u8.ToArray(), default);
        NoSpaceException e = await Assert.ThrowsAsync<NoSpaceException>(() => _store.PutFileAsync(
            "x/new",
            // The kernel's own full device gives the true error.
            (_, token) => File.WriteAllBytesAsync("/dev/full", new byte[10_000], token),
            default));
        Assert.Equal(1, e.ExitCode);
        Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("'x/new' was not stored", e.Message, StringComparison.Ordinal);
        Assert.Equal(["x/kept"], await _store.ListAsync("", default));
    }

    [Fact]
    public void Temporary_files_of_dead_processes_are_removed_at_the_next_start_and_those_of_living_ones_kept()
    {
        using Process dead = Process.Start("true");
        dead.WaitForExit();
        string left = _folder.File($".tmp/{dead.Id}-1");
        string ours = _folder.File($".tmp/{Environment.ProcessId}-999999");
        File.WriteAllText(left, "half");
        File.WriteAllText(ours, "half");
        _ = new DirectoryBlobStore(_folder.Path);
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(ours));
    }
}
