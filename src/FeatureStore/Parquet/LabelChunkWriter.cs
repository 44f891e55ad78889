using System.Buffers.Binary;
using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes one label column of one row group: with a dictionary where that is smaller, else plain.</summary>
internal static class LabelChunkWriter
{
    /// <summary>PLAIN writes a text's length before it.</summary>
    private const int LengthBytes = 4;

    public static ColumnChunk Write(Stream stream, long offset, LabelColumn column, IReadOnlyList<ShardRow> rows)
    {
        (List<byte[]> distinct, int[] indexes) = column.Text is { } text ? Code(rows, text, Text) : Code(rows, column.Number!, Number);
        int bitWidth = RleBitPacking.BitWidth(distinct.Count - 1);
        byte[] packed = [(byte)bitWidth, .. RleBitPacking.Encode(indexes, bitWidth)];
        bool useDictionary = distinct.Sum(static v => v.Length) + packed.Length < indexes.Sum(i => distinct[i].Length);
        long start = stream.Position, data = start;
        if (useDictionary)
        {
            PageWriter.WriteDictionary(stream, Joined(distinct), distinct.Count);
            data = stream.Position;
        }

        PageWriter.WriteData(stream, useDictionary ? packed : Joined([.. indexes.Select(i => distinct[i])]), rows.Count, useDictionary ? ParquetEncoding.RleDictionary : ParquetEncoding.Plain);
        (byte[] min, byte[] max) = column.Number is { } number ? (Number(rows.Min(number)), Number(rows.Max(number))) : RangeOfTexts(distinct);
        return new(
            column.Name,
            column.Type,
            ParquetCodec.Uncompressed,
            rows.Count,
            offset + data,
            useDictionary ? offset + start : null,
            stream.Position - start,
            useDictionary ? [ParquetEncoding.Plain, ParquetEncoding.Rle, ParquetEncoding.RleDictionary] : [ParquetEncoding.Plain, ParquetEncoding.Rle],
            min,
            max);
    }

    /// <summary>The distinct values in the order in which they come, as PLAIN has them, and which of them each row has.</summary>
    private static (List<byte[]> Distinct, int[] Indexes) Code<T>(IReadOnlyList<ShardRow> rows, Func<ShardRow, T> value, Func<T, byte[]> encode)
        where T : notnull
    {
        var known = new Dictionary<T, int>();
        List<byte[]> distinct = [];
        int[] indexes = new int[rows.Count];
        for (int i = 0; i < indexes.Length; i++)
        {
            T found = value(rows[i]);
            if (!known.TryGetValue(found, out indexes[i]))
            {
                known.Add(found, indexes[i] = distinct.Count);
                distinct.Add(encode(found));
            }
        }

        return (distinct, indexes);
    }

    private static byte[] Joined(IReadOnlyList<byte[]> values)
    {
        byte[] joined = new byte[values.Sum(static v => v.Length)];
        int at = 0;
        foreach (byte[] value in values)
        {
            value.CopyTo(joined, at);
            at += value.Length;
        }

        return joined;
    }

    /// <summary>The least and the greatest text, in the order of its bytes, without their lengths.</summary>
    private static (byte[] Min, byte[] Max) RangeOfTexts(List<byte[]> distinct)
    {
        Comparer<byte[]> order = Comparer<byte[]>.Create(static (a, b) => a.AsSpan(LengthBytes).SequenceCompareTo(b.AsSpan(LengthBytes)));
        return (distinct.Min(order)![LengthBytes..], distinct.Max(order)![LengthBytes..]);
    }

    private static byte[] Text(string value)
    {
        byte[] bytes = new byte[LengthBytes + Encoding.UTF8.GetByteCount(value)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - LengthBytes);
        Encoding.UTF8.GetBytes(value, bytes.AsSpan(LengthBytes));
        return bytes;
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
