using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Reads the labels of a row group.</summary>
internal static class LabelReader
{
    /// <param name="bytes">The bytes that follow the group's tensors.</param>
    /// <param name="group">The group, as the footer tells it.</param>
    /// <param name="shard">The shard, for messages.</param>
    /// <param name="number">The group's number.</param>
    /// <exception cref="CorruptDataException">They are damaged, or stored as our writer does not; the message names shard, group and column.</exception>
    public static ShardRow[] Read(ReadOnlySpan<byte> bytes, RowGroup group, string shard, int number)
    {
        string column = "";
        try
        {
            var chunks = new Dictionary<string, ColumnChunk>();
            foreach (ColumnChunk chunk in group.Columns)
            {
                column = chunk.Name;
                Check(chunk, group);
                chunks[column] = chunk with { DataPageOffset = chunk.DataPageOffset - group.TensorEnd, DictionaryPageOffset = chunk.DictionaryPageOffset - group.TensorEnd };
            }

            string[] TextsOf(ReadOnlySpan<byte> bytes, string name) => LabelChunkReader.Texts(bytes, chunks[column = name]);
            int[] NumbersOf(ReadOnlySpan<byte> bytes, string name) => LabelChunkReader.Numbers(bytes, chunks[column = name]);
            string[] clips = TextsOf(bytes, "clip"), words = TextsOf(bytes, "word"), speakers = TextsOf(bytes, "speaker"), splits = TextsOf(bytes, "split");
            int[] labels = NumbersOf(bytes, "label"), copies = NumbersOf(bytes, "copy"), lengths = NumbersOf(bytes, "length");
            return [.. Enumerable.Range(0, clips.Length).Select(i => new ShardRow(clips[i], labels[i], words[i], speakers[i], splits[i], copies[i], lengths[i]))];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{shard}: row group {number}, column '{column}': {e.Message}. The shard is damaged; delete it and build the feature set again.", e);
        }
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
