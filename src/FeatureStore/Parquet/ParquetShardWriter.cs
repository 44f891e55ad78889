using System.Buffers.Binary;
using System.Runtime.InteropServices;

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
    private readonly LabelChunkWriter _labels = new();
    private readonly List<ShardRow> _rows = [];
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
        string hashes = string.Join(",", _file.TensorHashes);
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

        ColumnChunk tensors = EndTensors();
        int labels = (int)_file.Piece.Position;
        _groups.Add(new(_rows.Count, [tensors, .. ShardSchema.Labels.Select(WriteLabels)]));
        _file.EndPiece(labels);
        _rows.Clear();
        _tensorsInPiece = 0;
    }

    private ColumnChunk EndTensors()
    {
        _file.EndTensors(_tensorsInPiece);
        return new(
            ShardSchema.Tensor,
            ParquetType.FixedLenByteArray,
            ParquetCodec.Uncompressed,
            _rows.Count,
            _file.PieceStart + _tensorsInPiece,
            DictionaryPageOffset: null,
            _file.Piece.Position - _tensorsInPiece,
            [ParquetEncoding.Plain, ParquetEncoding.Rle],
            Min: null,
            Max: null);
    }

    private ColumnChunk WriteLabels(LabelColumn column) => _labels.Write(_file.Piece, _file.PieceStart, column, CollectionsMarshal.AsSpan(_rows));
}
