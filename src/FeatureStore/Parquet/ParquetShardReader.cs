using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// Reads a shard over a mapped file. Opening reads the footer and the labels; a tensor is held against its checksum each time that it is read. Safe
/// for any number of threads.
/// </summary>
internal sealed class ParquetShardReader : IDisposable
{
    private readonly MappedFile _file;

    private ParquetShardReader(MappedFile file, ShardIndex index) => (_file, Index) = (file, index);

    /// <summary>Maps a shard whose index was read already.</summary>
    public ParquetShardReader(string path, ShardIndex index)
        : this(new MappedFile(path), index)
    {
    }

    /// <summary>The labels, and where the tensors lie.</summary>
    public ShardIndex Index { get; }

    /// <summary>The labels.</summary>
    public IReadOnlyList<ShardRow> Rows => Index.Rows;

    /// <summary>Bytes of a tensor.</summary>
    public int TensorBytes => Index.Pages.TensorBytes;

    /// <summary>The footer's key-value metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Index.Metadata;

    /// <summary>The file's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _file.Bytes;

    /// <summary>Opens a shard; <paramref name="verifyTensors"/> also <see cref="Verify"/>s it.</summary>
    /// <exception cref="CorruptDataException">The file is not a sound shard; the message names the file, the row group and the column or clip.</exception>
    public static ParquetShardReader Open(string path, bool verifyTensors)
    {
        MappedFile? file = new(path);
        try
        {
            var reader = new ParquetShardReader(file, ShardIndexReader.ReadAsync(file, CancellationToken.None).AsTask().GetAwaiter().GetResult());
            if (verifyTensors)
            {
                reader.Verify();
            }

            file = null;
            return reader;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>The bytes of a row's tensor, in the mapped file; they are as they were written.</summary>
    /// <exception cref="CorruptDataException">They are not; the message names shard, row group, page and clip.</exception>
    public ReadOnlySpan<byte> Tensor(int row) => Index.TensorIn(_file.Bytes.Slice((int)Index.OffsetOf(row), Index.Pages.PageBytes), row);

    /// <summary>Holds every tensor against its checksum, and the tensors of each row group against their hash.</summary>
    /// <exception cref="CorruptDataException">One differs; the message names it.</exception>
    public void Verify()
    {
        for (int g = 0; g < Index.Groups.Count; g++)
        {
            Index.VerifyGroup(g, _file.Bytes[(int)Index.Groups[g].Start..(int)Index.Groups[g].End]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
