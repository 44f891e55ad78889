using System.Buffers.Binary;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// Writes a shard as Parquet, from first byte to last: magic, row groups, footer. Every tensor is a page of its own, so that a checksum stands for one clip.
/// Memory is flat: what waits is a row group.
/// </summary>
internal sealed class ParquetShardWriter : IDisposable
{
    // Large enough that a range read over the network is mostly data, small enough that a reader may skip what it does not need.
    private const int RowGroupBytes = 4 << 20;

    /// <summary>What a row's labels and page headers take, about.</summary>
    private const int LabelBytes = 128;

    private readonly ShardFile _file;
    private readonly TensorPages _pages;
    private readonly int _rowsPerGroup;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _metadata;
    private readonly List<RowGroup> _groups = [];
    private List<ShardRow> _rows = [], _otherRows = [];
    private int _tensorsInPiece;

    /// <summary>Begins a shard of tensors of so many bytes.</summary>
    public ParquetShardWriter(Stream stream, int tensorBytes, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        _file = new ShardFile(stream, RowGroupBytes + (RowGroupBytes / 8));
        _pages = new TensorPages(tensorBytes);
        _rowsPerGroup = Math.Max(1, RowGroupBytes / tensorBytes);
        _metadata = metadata;
        _file.Piece.Write("PAR1"u8);
        _tensorsInPiece = (int)_file.Piece.Position;
    }

    /// <summary>
    /// A new file with room for a shard. The room is reserved at once, because a file that grows page by page costs several times as much; what is too
    /// much is given back at the end.
    /// </summary>
    /// <exception cref="IOException">The disk has no room for it, or the file cannot be made.</exception>
    public static FileStream CreateFile(string path, int rows, int tensorBytes) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = 0,
        PreallocationSize = ((long)rows * (tensorBytes + LabelBytes)) + RowGroupBytes,
    });

    /// <summary>Adds a row.</summary>
    public void Append(ShardRow row, ReadOnlySpan<byte> tensor)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tensor.Length, _pages.TensorBytes);
        _pages.Write(_file.Piece, tensor);
        _rows.Add(row);
        if (_rows.Count == _rowsPerGroup)
        {
            EndGroup();
        }
    }

    /// <summary>Writes the footer; gives the file's size and its hash, which is that of <see cref="ShardIndex.Sha256"/>.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        EndGroup();
        string hashes = string.Join(",", _file.TensorHashes());
        byte[] footer = ParquetFooter.ToBytes(_pages.TensorBytes, _groups, [.. _metadata, new(ShardSchema.TensorHashes, hashes)]);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        _file.Piece.Write(footer);
        _file.Piece.Write(length);
        _file.Piece.Write("PAR1"u8);
        return _file.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void EndGroup()
    {
        if (_rows.Count == 0)
        {
            return;
        }

        (List<ShardRow> rows, int tensors) = (_rows, _tensorsInPiece);
        _file.EndGroup(tensors, (piece, start) => _groups.Add(Finish(piece, start, tensors, rows)));
        (_rows, _otherRows) = (_otherRows, rows);
        _rows.Clear();
        _tensorsInPiece = 0;
    }

    /// <summary>Writes the labels of a row group after its tensors.</summary>
    private static RowGroup Finish(MemoryStream piece, long start, int tensors, List<ShardRow> rows)
    {
        var tensor = new ColumnChunk(
            ShardSchema.Tensor,
            ParquetType.FixedLenByteArray,
            ParquetCodec.Uncompressed,
            rows.Count,
            start + tensors,
            DictionaryPageOffset: null,
            piece.Position - tensors,
            [ParquetEncoding.Plain, ParquetEncoding.Rle],
            Min: null,
            Max: null);
        return new(rows.Count, [tensor, .. ShardSchema.Labels.Select(column => LabelChunkWriter.Write(piece, start, column, rows))]);
    }
}
