using System.Buffers.Binary;
using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>A label column of a row group.</summary>
/// <param name="Values">The distinct values, or each row's.</param>
/// <param name="Indexes">Which of them each row has; null: the values are the rows'.</param>
internal readonly record struct LabelChunk<T>(T[] Values, int[]? Indexes)
{
    /// <summary>Writes each row's value.</summary>
    public void CopyTo(Span<T> rows)
    {
        if (Indexes is not { } indexes)
        {
            Values.CopyTo(rows);
            return;
        }

        for (int row = 0; row < indexes.Length; row++)
        {
            rows[row] = Values[indexes[row]];
        }
    }
}

/// <summary>Reads one label column of one row group, as texts or as numbers.</summary>
internal static class LabelChunkReader
{
    public static LabelChunk<string> Texts(ReadOnlySpan<byte> labels, ColumnChunk chunk) => Read(labels, chunk, Texts);

    public static LabelChunk<int> Numbers(ReadOnlySpan<byte> labels, ColumnChunk chunk) => Read(labels, chunk, Numbers);

    private delegate T[] PlainDecoder<T>(ReadOnlySpan<byte> bytes, int count);

    private static LabelChunk<T> Read<T>(ReadOnlySpan<byte> labels, ColumnChunk chunk, PlainDecoder<T> decode)
    {
        int rows = checked((int)chunk.Values);
        Page data = Page.Read(labels, chunk.DataPageOffset);
        ReadOnlySpan<byte> bytes = labels.Slice(data.DataOffset, data.DataBytes);
        if (data.IsDictionary || data.Values != rows)
        {
            throw new FormatException($"the page of column '{chunk.Name}' has {data.Values} values; expected {rows}");
        }

        if (data.Encoding == ParquetEncoding.Plain)
        {
            return new(decode(bytes, rows), Indexes: null);
        }

        if (data.Encoding != ParquetEncoding.RleDictionary || chunk.DictionaryPageOffset is not { } offset || bytes.Length == 0)
        {
            throw new FormatException($"the encoding {data.Encoding} of column '{chunk.Name}' is not one that shards use");
        }

        Page dictionary = Page.Read(labels, offset);
        T[] entries = decode(labels.Slice(dictionary.DataOffset, dictionary.DataBytes), dictionary.Values);
        int[] indexes = RleBitPacking.Decode(bytes[1..], bytes[0], rows);
        return entries.Length > 0 && indexes.AsSpan().IndexOfAnyExceptInRange(0, entries.Length - 1) < 0
            ? new(entries, indexes)
            : throw new FormatException($"column '{chunk.Name}' points outside its dictionary");
    }

    private static int[] Numbers(ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length != 4L * count)
        {
            throw new FormatException($"{bytes.Length} bytes for {count} numbers");
        }

        var values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        }

        return values;
    }

    private static string[] Texts(ReadOnlySpan<byte> bytes, int count)
    {
        if (count > bytes.Length / 4)
        {
            throw new FormatException($"{bytes.Length} bytes for {count} texts");
        }

        var values = new string[count];
        for (int i = 0; i < count; i++)
        {
            int length = bytes.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : -1;
            if (length < 0 || length > bytes.Length - 4)
            {
                throw new FormatException($"text {i} has {length} bytes, more than there are");
            }

            values[i] = Encoding.UTF8.GetString(bytes.Slice(4, length));
            bytes = bytes[(4 + length)..];
        }

        return values;
    }
}
