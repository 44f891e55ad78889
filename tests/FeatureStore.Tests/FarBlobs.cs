using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A store whose blobs are far until its gate opens: then whole ones come as files.</summary>
internal sealed class FarBlobs(DirectoryBlobStore inner) : IBlobStore
{
    private long _bytesOfRanges;
    private int _ranges;

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Bytes that ranges have had so far.</summary>
    public long BytesOfRanges => Interlocked.Read(ref _bytesOfRanges);

    /// <summary>Ranges read so far.</summary>
    public int Ranges => Volatile.Read(ref _ranges);

    public long? FreeBytes => inner.FreeBytes;

    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.TryCreateAsync(key, bytes, cancellationToken);

    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.PutAsync(key, bytes, cancellationToken);

    public Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken) => inner.PutFileAsync(key, write, cancellationToken);

    public Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken) => inner.TryGetAsync(key, cancellationToken);

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
