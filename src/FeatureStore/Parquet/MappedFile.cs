using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>A file mapped into memory for reading.</summary>
internal sealed unsafe class MappedFile : IByteSource, IDisposable
{
    // A span's length is an int; shards are far smaller.
    private const long MaxBytes = int.MaxValue;

    private readonly SafeFileHandle _handle;
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
        _handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        _file = MemoryMappedFile.CreateFromFile(_handle, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
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

    /// <summary>
    /// Reads a part past the mapping: labels lie between the tensors, and a page of them that is touched is mapped with those around it, which for a large
    /// set would be gigabytes.
    /// </summary>
    public ValueTask<byte[]> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (int done = 0, read; done < count; done += read)
        {
            read = RandomAccess.Read(_handle, bytes.AsSpan(done), offset + done);
            if (read == 0)
            {
                throw new CorruptDataException($"{Name}: the file got shorter while it was read. Run the same command again.");
            }
        }

        return ValueTask.FromResult(bytes);
    }

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
