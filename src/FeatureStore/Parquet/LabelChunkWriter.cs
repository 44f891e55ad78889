using System.Buffers.Binary;
using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes one label column of one row group: with a dictionary where that is smaller, else plain.</summary>
internal static class LabelChunkWriter
{
    public static ColumnChunk Write(Stream stream, long offset, LabelColumn column, IReadOnlyList<ShardRow> rows)
    {
        byte[][] values = [.. rows.Select(row => Plain(column, row))];
        var indexes = new Dictionary<string, int>();
        int[] coded = [.. values.Select(value => Index(indexes, Convert.ToHexString(value)))];
        byte[] plain = [.. values.SelectMany(static value => value)];
        byte[] dictionary = [.. indexes.Keys.SelectMany(Convert.FromHexString)];
        int bitWidth = RleBitPacking.BitWidth(indexes.Count - 1);
        byte[] packed = [(byte)bitWidth, .. RleBitPacking.Encode(coded, bitWidth)];
        bool useDictionary = dictionary.Length + packed.Length < plain.Length;
        long start = stream.Position, data = start;
        if (useDictionary)
        {
            PageWriter.WriteDictionary(stream, dictionary, indexes.Count);
            data = stream.Position;
        }

        PageWriter.WriteData(stream, useDictionary ? packed : plain, rows.Count, useDictionary ? ParquetEncoding.RleDictionary : ParquetEncoding.Plain);
        (byte[] min, byte[] max) = Range(column, rows);
        return new(
            column.Name,
            column.Type,
            Codec: 0,
            rows.Count,
            offset + data,
            useDictionary ? offset + start : null,
            stream.Position - start,
            useDictionary ? [ParquetEncoding.Plain, ParquetEncoding.Rle, ParquetEncoding.RleDictionary] : [ParquetEncoding.Plain, ParquetEncoding.Rle],
            min,
            max);
    }

    private static int Index(Dictionary<string, int> indexes, string value)
    {
        if (!indexes.TryGetValue(value, out int index))
        {
            indexes[value] = index = indexes.Count;
        }

        return index;
    }

    private static byte[] Plain(LabelColumn column, ShardRow row) =>
        column.Text is null ? Number(column.Number!(row)) : [.. Number(Encoding.UTF8.GetByteCount(column.Text(row))), .. Encoding.UTF8.GetBytes(column.Text(row))];

    private static (byte[] Min, byte[] Max) Range(LabelColumn column, IReadOnlyList<ShardRow> rows)
    {
        if (column.Number is { } number)
        {
            return (Number(rows.Min(number)), Number(rows.Max(number)));
        }

        byte[][] sorted = [.. rows.Select(row => Encoding.UTF8.GetBytes(column.Text!(row)))];
        Array.Sort(sorted, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return (sorted[0], sorted[^1]);
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
