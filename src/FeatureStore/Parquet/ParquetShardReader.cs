using System.Buffers.Binary;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// Reads a shard over a mapped file. Opening reads the footer and the labels; every page of labels is held against its
/// checksum, and on demand every tensor. Safe for any number of threads.
/// </summary>
internal sealed class ParquetShardReader : IDisposable
{
    private readonly MappedFile _file;
    private readonly int[] _tensorOffsets;

    private ParquetShardReader(MappedFile file, ParquetFooter footer, ShardRow[] rows, int[] tensorOffsets)
    {
        _file = file;
        _tensorOffsets = tensorOffsets;
        Rows = rows;
        TensorBytes = footer.TensorBytes;
        Metadata = footer.Metadata;
    }

    /// <summary>The labels.</summary>
    public IReadOnlyList<ShardRow> Rows { get; }

    /// <summary>Bytes of a tensor.</summary>
    public int TensorBytes { get; }

    /// <summary>The footer's key-value metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _file.Bytes;

    /// <summary>Opens a shard; <paramref name="verifyTensors"/> also reads every tensor and holds it against its checksum.</summary>
    /// <exception cref="CorruptDataException">The file is not a sound shard; the message names the file, the row group and the column or clip.</exception>
    public static ParquetShardReader Open(string path, bool verifyTensors)
    {
        MappedFile? file = new(path);
        try
        {
            ParquetFooter footer = ReadFooter(file.Bytes, path);
            (ShardRow[] rows, int[] offsets) = ReadGroups(file.Bytes, footer, path, verifyTensors);
            var reader = new ParquetShardReader(file, footer, rows, offsets);
            file = null;
            return reader;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>The bytes of a row's tensor, in the mapped file.</summary>
    public ReadOnlySpan<byte> Tensor(int row) => _file.Bytes.Slice(_tensorOffsets[row], TensorBytes);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ParquetFooter ReadFooter(ReadOnlySpan<byte> file, string path)
    {
        if (file.Length < 12 || !file[..4].SequenceEqual("PAR1"u8) || !file[^4..].SequenceEqual("PAR1"u8))
        {
            throw Corrupt(path, "it does not begin and end as a Parquet file does");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[^8..]);
        if (length > file.Length - 12)
        {
            throw Corrupt(path, $"its footer is said to have {length} bytes of the file's {file.Length}");
        }

        ParquetFooter footer;
        try
        {
            footer = ParquetFooter.Parse(file.Slice(file.Length - 8 - (int)length, (int)length));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{path}: the footer is damaged: {e.Message}. Build the feature set again.", e);
        }

        string[] expected = [ShardSchema.Tensor, .. ShardSchema.Labels.Select(static column => column.Name)];
        if (!footer.Columns.Skip(1).SequenceEqual(expected))
        {
            throw Corrupt(path, $"its columns are {string.Join(", ", footer.Columns.Skip(1))}; expected {string.Join(", ", expected)}");
        }

        long rows = footer.Groups.Aggregate(0L, static (sum, group) => unchecked(sum + group.Rows));
        return footer.TensorBytes > 0 && rows == footer.Rows && footer.Rows <= file.Length
            ? footer
            : throw Corrupt(path, $"its footer says {footer.Rows} rows of {footer.TensorBytes} bytes, but its row groups disagree");
    }

    private static (ShardRow[] Rows, int[] Offsets) ReadGroups(ReadOnlySpan<byte> file, ParquetFooter footer, string path, bool verifyTensors)
    {
        List<ShardRow> rows = [];
        List<int> offsets = [];
        for (int g = 0; g < footer.Groups.Count; g++)
        {
            RowGroup group = footer.Groups[g];
            ShardRow[] labels = ReadLabels(file, group, g, path);
            rows.AddRange(labels);
            long next = group.Columns[0].DataPageOffset;
            for (int i = 0; i < labels.Length; i++)
            {
                string place = $"row group {g}, clip '{labels[i].Clip}' copy {labels[i].Copy}";
                Page page = ReadTensorPage(file, next, path, place, verifyTensors, footer.TensorBytes);
                offsets.Add(page.DataOffset);
                next = page.End;
            }
        }

        return ([.. rows], [.. offsets]);
    }

    private static Page ReadTensorPage(ReadOnlySpan<byte> file, long offset, string path, string place, bool verify, int tensorBytes)
    {
        try
        {
            Page page = Page.Read(file, offset, verify);
            return !page.IsDictionary && page.Values == 1 && page.Encoding == ParquetEncoding.Plain && page.DataBytes == tensorBytes
                ? page
                : throw new FormatException($"the page at byte {offset} is not one tensor of {tensorBytes} bytes");
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{path}: {place}: {e.Message}. The shard is damaged; delete it and build the feature set again.", e);
        }
    }

    private static ShardRow[] ReadLabels(ReadOnlySpan<byte> file, RowGroup group, int g, string path)
    {
        string column = "";
        try
        {
            string[] expected = [ShardSchema.Tensor, .. ShardSchema.Labels.Select(static label => label.Name)];
            if (!group.Columns.Select(static c => c.Name).SequenceEqual(expected) || group.Rows > file.Length)
            {
                throw new FormatException($"it has the columns {string.Join(", ", group.Columns.Select(static c => c.Name))}; expected {string.Join(", ", expected)}");
            }

            var chunks = new Dictionary<string, ColumnChunk>();
            foreach (ColumnChunk chunk in group.Columns)
            {
                column = chunk.Name;
                ParquetType type = ShardSchema.Labels.FirstOrDefault(l => l.Name == chunk.Name)?.Type ?? ParquetType.FixedLenByteArray;
                if (chunk.Codec != 0 || chunk.Type != type || chunk.Values != group.Rows)
                {
                    throw new FormatException($"found codec {chunk.Codec}, type {chunk.Type} and {chunk.Values} values; expected uncompressed {type} and {group.Rows}");
                }

                chunks[chunk.Name] = chunk;
            }

            string[] TextsOf(ReadOnlySpan<byte> bytes, string name) => LabelChunkReader.Texts(bytes, chunks[column = name]);
            int[] NumbersOf(ReadOnlySpan<byte> bytes, string name) => LabelChunkReader.Numbers(bytes, chunks[column = name]);
            string[] clips = TextsOf(file, "clip"), words = TextsOf(file, "word"), speakers = TextsOf(file, "speaker"), splits = TextsOf(file, "split");
            int[] labels = NumbersOf(file, "label"), copies = NumbersOf(file, "copy"), lengths = NumbersOf(file, "length");
            return [.. Enumerable.Range(0, clips.Length).Select(i => new ShardRow(clips[i], labels[i], words[i], speakers[i], splits[i], copies[i], lengths[i]))];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{path}: row group {g}, column '{column}': {e.Message}. The shard is damaged; delete it and build the feature set again.", e);
        }
    }

    private static CorruptDataException Corrupt(string path, string found) =>
        new($"{path}: the shard is damaged: {found}. Delete it and build the feature set again.");
}
