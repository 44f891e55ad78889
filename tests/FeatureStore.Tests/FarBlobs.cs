using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A store whose blobs are far until its gate opens: then whole ones come as files.</summary>
internal sealed class FarBlobs(DirectoryBlobStore inner) : IBlobStore
{
    private long _bytesOfRanges;
    private int _ranges;

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done after a blob was read as a whole, before its bytes are given: what another process does meanwhile.</summary>
    public Func<string, Task> Meanwhile { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Bytes that ranges have had so far.</summary>
    public long BytesOfRanges => Interlocked.Read(ref _bytesOfRanges);

    /// <summary>Ranges read so far.</summary>
    public int Ranges => Volatile.Read(ref _ranges);

    public DiskRoom? Room => inner.Room;

    public Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        inner.TryReplaceAsync(key, version, bytes, cancellationToken);

    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.TryCreateAsync(key, bytes, cancellationToken);

    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.PutAsync(key, bytes, cancellationToken);

    public Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken) => inner.PutFileAsync(key, write, cancellationToken);

    public async Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken)
    {
        byte[]? bytes = await inner.TryGetAsync(key, cancellationToken);
        await Meanwhile(key);
        return bytes;
    }

    public async Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken)
    {
        await Gate.Task.WaitAsync(cancellationToken);
        return await inner.TryGetFileAsync(key, cancellationToken);
    }

    public Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public async Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken)
    {
        BlobRange? range = await inner.TryGetRangeAsync(key, offset, count, cancellationToken);
        Interlocked.Increment(ref _ranges);
        Interlocked.Add(ref _bytesOfRanges, range?.Bytes.Length ?? 0);
        return range;
    }

    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => inner.DeleteAsync(key, cancellationToken);
}
