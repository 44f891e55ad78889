using System.IO.MemoryMappedFiles;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>A file mapped into memory for reading.</summary>
internal sealed unsafe class MappedFile : IByteSource, IDisposable
{
    // A span's length is an int; shards are far smaller.
    private const long MaxBytes = int.MaxValue;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    public MappedFile(string path)
    {
        long length = new FileInfo(path).Length;
        if (length is 0 or > MaxBytes)
        {
            throw new CorruptDataException($"{path}: found a file of {length} bytes. Expected 1 to {MaxBytes}.");
        }

        Name = path;
        Length = length;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Name { get; }

    public long Length { get; }

    /// <summary>The file's bytes. Spans must not be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new(_start, (int)Length);
        }
    }

    public ValueTask<byte[]> ReadAsync(long offset, int count, CancellationToken cancellationToken) => ValueTask.FromResult(Bytes.Slice((int)offset, count).ToArray());

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
