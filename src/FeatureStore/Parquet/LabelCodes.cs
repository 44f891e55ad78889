using System.Buffers.Binary;
using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>A label column of a row group as its distinct values, in the order in which they come, and which of them each row has.</summary>
internal sealed class LabelCodes
{
    /// <summary>PLAIN writes a text's length before it, in as many bytes as a number has.</summary>
    private const int LengthBytes = 4;

    private readonly byte[] _values;
    private readonly int[] _ends, _rows;

    private LabelCodes(byte[] values, int[] ends, int[] rows, byte[] min, byte[] max) => (_values, _ends, _rows, Min, Max) = (values, ends, rows, min, max);

    /// <summary>How many distinct values there are.</summary>
    public int Distinct => _ends.Length;

    /// <summary>The distinct values as PLAIN has them, one behind the other.</summary>
    public ReadOnlySpan<byte> Values => _values;

    /// <summary>Which of the distinct values each row has.</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>The least value: of texts in the order of their bytes, without its length.</summary>
    public byte[] Min { get; }

    /// <summary>The greatest value, likewise.</summary>
    public byte[] Max { get; }

    /// <summary>Bytes of the rows' values as PLAIN has them.</summary>
    public int PlainBytes
    {
        get
        {
            int bytes = 0;
            foreach (int code in _rows)
            {
                bytes += _ends[code] - Start(code);
            }

            return bytes;
        }
    }

    /// <summary>Codes a column of texts.</summary>
    public static LabelCodes Of(ReadOnlySpan<ShardRow> rows, Func<ShardRow, string> text)
    {
        (List<string> distinct, int[] codes) = Code(rows, text);
        byte[] values = new byte[distinct.Sum(static value => LengthBytes + Encoding.UTF8.GetByteCount(value))];
        int[] ends = new int[distinct.Count];
        (int Start, int End) min = default, max = default;
        int end = 0;
        for (int code = 0; code < ends.Length; code++)
        {
            int start = end + LengthBytes;
            end = start + Encoding.UTF8.GetBytes(distinct[code], values.AsSpan(start));
            BinaryPrimitives.WriteInt32LittleEndian(values.AsSpan(start - LengthBytes), end - start);
            ends[code] = end;
            ReadOnlySpan<byte> value = values.AsSpan(start..end);
            min = code == 0 || value.SequenceCompareTo(values.AsSpan(min.Start..min.End)) < 0 ? (start, end) : min;
            max = code == 0 || value.SequenceCompareTo(values.AsSpan(max.Start..max.End)) > 0 ? (start, end) : max;
        }

        return new(values, ends, codes, values[min.Start..min.End], values[max.Start..max.End]);
    }

    /// <summary>Codes a column of numbers.</summary>
    public static LabelCodes Of(ReadOnlySpan<ShardRow> rows, Func<ShardRow, int> number)
    {
        (List<int> distinct, int[] codes) = Code(rows, number);
        return new([.. distinct.SelectMany(Number)], [.. distinct.Select(static (_, code) => LengthBytes * (code + 1))], codes, Number(distinct.Min()), Number(distinct.Max()));
    }

    /// <summary>The rows' values as PLAIN has them.</summary>
    public ReadOnlySpan<byte> Plain()
    {
        if (Distinct == _rows.Length)
        {
            return _values;
        }

        byte[] plain = new byte[PlainBytes];
        int at = 0;
        foreach (int code in _rows)
        {
            ReadOnlySpan<byte> value = _values.AsSpan(Start(code).._ends[code]);
            value.CopyTo(plain.AsSpan(at));
            at += value.Length;
        }

        return plain;
    }

    private static (List<T> Distinct, int[] Codes) Code<T>(ReadOnlySpan<ShardRow> rows, Func<ShardRow, T> value)
        where T : notnull, IEquatable<T>
    {
        var known = new Dictionary<T, int>();
        List<T> distinct = [];
        int[] codes = new int[rows.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            T found = value(rows[i]);

            // Rows of one clip or one class follow each other.
            if (i > 0 && found.Equals(distinct[codes[i - 1]]))
            {
                codes[i] = codes[i - 1];
            }
            else if (!known.TryGetValue(found, out codes[i]))
            {
                known.Add(found, codes[i] = distinct.Count);
                distinct.Add(found);
            }
        }

        return (distinct, codes);
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private int Start(int code) => code == 0 ? 0 : _ends[code - 1];
}
