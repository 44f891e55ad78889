using Pipeline.Contracts;
using Pipeline.FeatureStore.Parquet;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The bytes of a blob, read by ranges, all from one write of it.</summary>
internal sealed class BlobBytes : IByteSource
{
    private readonly IBlobStore _blobs;
    private readonly string _version;

    private BlobBytes(IBlobStore blobs, string key, BlobRange found)
    {
        _blobs = blobs;
        _version = found.Version;
        Name = key;
        Length = found.BlobLength;
    }

    public string Name { get; }

    public long Length { get; }

    /// <summary>The bytes of a blob; null where there is none.</summary>
    public static async Task<BlobBytes?> OpenAsync(IBlobStore blobs, string key, CancellationToken cancellationToken) =>
        await blobs.TryGetRangeAsync(key, 0, 0, cancellationToken) is { } found ? new(blobs, key, found) : null;

    /// <exception cref="CorruptDataException">The blob is gone, was written again, or is shorter.</exception>
    public async ValueTask<byte[]> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        BlobRange? found = await _blobs.TryGetRangeAsync(Name, offset, count, cancellationToken);
        return found is not null && found.Version == _version && found.Bytes.Length == count
            ? found.Bytes
            : throw new CorruptDataException(
                $"The blob '{Name}' {(found is null ? "is gone" : found.Version != _version ? "was written again" : $"ends before byte {offset + count}")} while it was read. Run the same command again.");
    }
}
