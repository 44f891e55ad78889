using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A label column of a row group as its distinct values, in the order in which they come, and which of them each row has. Holds one column after another in
/// the same memory, since the first touch of new memory costs a virtual machine more than the coding.
/// </summary>
internal sealed class LabelCodes
{
    /// <summary>PLAIN writes a text's length before it, in as many bytes as a number has.</summary>
    private const int LengthBytes = 4;

    private readonly Dictionary<string, int> _texts = [];
    private readonly Dictionary<int, int> _numbers = [];
    private readonly ArrayBufferWriter<byte> _values = new(), _plain = new();
    private readonly List<int> _ends = [], _rows = [];

    /// <summary>How many distinct values there are.</summary>
    public int Distinct => _ends.Count;

    /// <summary>The distinct values as PLAIN has them, one behind the other.</summary>
    public ReadOnlySpan<byte> Values => _values.WrittenSpan;

    /// <summary>Which of the distinct values each row has.</summary>
    public ReadOnlySpan<int> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>Bytes of the rows' values as PLAIN has them.</summary>
    public int PlainBytes
    {
        get
        {
            int bytes = 0;
            foreach (int code in _rows)
            {
                bytes += Value(code).Length;
            }

            return bytes;
        }
    }

    /// <summary>Codes a column, in place of the one before.</summary>
    public void Take(ReadOnlySpan<ShardRow> rows, LabelColumn column)
    {
        _values.ResetWrittenCount();
        _ends.Clear();
        _rows.Clear();
        if (column.Text is { } text)
        {
            Code(rows, text, _texts, WriteText);
        }
        else
        {
            Code(rows, column.Number!, _numbers, WriteNumber);
        }
    }

    /// <summary>The rows' values as PLAIN has them, until the next column is coded.</summary>
    public ReadOnlySpan<byte> Plain()
    {
        if (Distinct == _rows.Count)
        {
            return Values;
        }

        _plain.ResetWrittenCount();
        foreach (int code in _rows)
        {
            _plain.Write(Value(code));
        }

        return _plain.WrittenSpan;
    }

    /// <summary>The least and the greatest text, in the order of its bytes, without its length.</summary>
    public (byte[] Min, byte[] Max) RangeOfTexts()
    {
        (int min, int max) = (0, 0);
        for (int code = 1; code < Distinct; code++)
        {
            ReadOnlySpan<byte> text = Value(code)[LengthBytes..];
            min = text.SequenceCompareTo(Value(min)[LengthBytes..]) < 0 ? code : min;
            max = text.SequenceCompareTo(Value(max)[LengthBytes..]) > 0 ? code : max;
        }

        return (Value(min)[LengthBytes..].ToArray(), Value(max)[LengthBytes..].ToArray());
    }

    /// <summary>The least and the greatest number.</summary>
    public (byte[] Min, byte[] Max) RangeOfNumbers()
    {
        (int min, int max) = (0, 0);
        for (int code = 1; code < Distinct; code++)
        {
            int number = Number(code);
            min = number < Number(min) ? code : min;
            max = number > Number(max) ? code : max;
        }

        return (Value(min).ToArray(), Value(max).ToArray());
    }

    private void Code<T>(ReadOnlySpan<ShardRow> rows, Func<ShardRow, T> value, Dictionary<T, int> known, Action<T> write)
        where T : notnull, IEquatable<T>
    {
        known.Clear();
        (T? last, int code) = (default, -1);
        foreach (ShardRow row in rows)
        {
            T found = value(row);

            // Rows of one clip or one class follow each other.
            if (code < 0 || !found.Equals(last))
            {
                if (!known.TryGetValue(found, out code))
                {
                    known.Add(found, code = Distinct);
                    write(found);
                    _ends.Add(_values.WrittenCount);
                }

                last = found;
            }

            _rows.Add(code);
        }
    }

    private void WriteText(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        WriteNumber(bytes);
        Encoding.UTF8.GetBytes(text, _values.GetSpan(bytes));
        _values.Advance(bytes);
    }

    private void WriteNumber(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_values.GetSpan(LengthBytes), number);
        _values.Advance(LengthBytes);
    }

    private int Number(int code) => BinaryPrimitives.ReadInt32LittleEndian(Value(code));

    private ReadOnlySpan<byte> Value(int code) => Values[(code == 0 ? 0 : _ends[code - 1]).._ends[code]];
}
