using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Gathers the labels of a shard, row group after row group.</summary>
/// <param name="shard">The shard, for messages.</param>
/// <param name="rows">Rows of the shard, as many as its groups have.</param>
internal sealed class LabelReader(string shard, int rows)
{
    private readonly Dictionary<string, int[]> _columns = ShardSchema.Labels.ToDictionary(static column => column.Name, _ => new int[rows]);
    private readonly Dictionary<string, Dictionary<string, int>> _texts = ShardSchema.Labels.Where(static column => column.Text is not null)
        .ToDictionary(static column => column.Name, static _ => new Dictionary<string, int>(StringComparer.Ordinal));

    private int _groups, _rows;

    /// <summary>Reads the next row group.</summary>
    /// <param name="bytes">The bytes that follow the group's tensors.</param>
    /// <param name="group">The group, as the footer tells it.</param>
    /// <exception cref="CorruptDataException">They are damaged, or stored as our writer does not; the message names shard, group and column.</exception>
    public void Read(ReadOnlySpan<byte> bytes, RowGroup group)
    {
        string name = "";
        try
        {
            foreach (ColumnChunk chunk in group.Columns)
            {
                name = chunk.Name;
                Check(chunk, group);
                if (name != ShardSchema.Tensor)
                {
                    Read(bytes, chunk with { DataPageOffset = chunk.DataPageOffset - group.TensorEnd, DictionaryPageOffset = chunk.DictionaryPageOffset - group.TensorEnd });
                }
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{shard}: row group {_groups}, column '{name}': {e.Message}. The shard is damaged; delete it and build the feature set again.", e);
        }

        _groups++;
        _rows += (int)group.Rows;
    }

    /// <summary>The labels of all groups.</summary>
    public ShardLabels Complete() => new(_columns, _texts.ToDictionary(static t => t.Key, t => new TextColumn(t.Value.Keys, _columns[t.Key])));

    private void Read(ReadOnlySpan<byte> bytes, ColumnChunk chunk)
    {
        Span<int> column = _columns[chunk.Name].AsSpan(_rows, (int)chunk.Values);
        if (!_texts.TryGetValue(chunk.Name, out Dictionary<string, int>? known))
        {
            LabelChunkReader.Numbers(bytes, chunk).CopyTo(column);
            return;
        }

        // A dictionary gives its keys in the order in which they came, where none is ever removed.
        LabelChunk<string> texts = LabelChunkReader.Texts(bytes, chunk);
        int[] codes = new int[texts.Values.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            if (!known.TryGetValue(texts.Values[i], out codes[i]))
            {
                known.Add(texts.Values[i], codes[i] = known.Count);
            }
        }

        new LabelChunk<int>(codes, texts.Indexes).CopyTo(column);
    }

    private static void Check(ColumnChunk chunk, RowGroup group)
    {
        ParquetType type = ShardSchema.Labels.FirstOrDefault(l => l.Name == chunk.Name)?.Type ?? ParquetType.FixedLenByteArray;
        if (chunk.Codec != ParquetCodec.Uncompressed || chunk.Type != type || chunk.Values != group.Rows)
        {
            throw new FormatException($"found {chunk.Codec}, {chunk.Type} and {chunk.Values} values; expected {ParquetCodec.Uncompressed}, {type} and {group.Rows}");
        }
    }
}
