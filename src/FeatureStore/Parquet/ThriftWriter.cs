using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>The kinds of Thrift's compact protocol that Parquet's metadata uses.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>Writes Thrift's compact protocol (thrift-compact-protocol.md of Apache Thrift).</summary>
internal sealed class ThriftWriter
{
    private readonly MemoryStream _bytes = new();
    private readonly Stack<int> _outerFields = new();
    private int _lastField;

    public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    public void I16(int field, short value) => Zigzag(field, ThriftType.I16, value);

    public void I32(int field, int value) => Zigzag(field, ThriftType.I32, value);

    public void I64(int field, long value) => Zigzag(field, ThriftType.I64, value);

    public void Text(int field, string value) => Binary(field, Encoding.UTF8.GetBytes(value));

    public void Binary(int field, ReadOnlySpan<byte> value)
    {
        Header(field, ThriftType.Binary);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    public void Struct(int field, Action write)
    {
        Header(field, ThriftType.Struct);
        Body(write);
    }

    public void I32List(int field, params ReadOnlySpan<int> values)
    {
        ListHeader(field, ThriftType.I32, values.Length);
        foreach (int value in values)
        {
            Varint(Zigzag(value));
        }
    }

    public void TextList(int field, params ReadOnlySpan<string> values)
    {
        ListHeader(field, ThriftType.Binary, values.Length);
        foreach (string value in values)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            Varint((ulong)utf8.Length);
            _bytes.Write(utf8);
        }
    }

    public void StructList<T>(int field, IReadOnlyCollection<T> items, Action<T> write)
    {
        ListHeader(field, ThriftType.Struct, items.Count);
        foreach (T item in items)
        {
            Body(() => write(item));
        }
    }

    /// <summary>Ends the outermost struct.</summary>
    public void Stop() => _bytes.WriteByte(0);

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private void Zigzag(int field, ThriftType type, long value)
    {
        Header(field, type);
        Varint(Zigzag(value));
    }

    private void Body(Action write)
    {
        _outerFields.Push(_lastField);
        _lastField = 0;
        write();
        Stop();
        _lastField = _outerFields.Pop();
    }

    private void ListHeader(int field, ThriftType type, int count)
    {
        Header(field, ThriftType.List);
        if (count < 15)
        {
            _bytes.WriteByte((byte)((count << 4) | (int)type));
        }
        else
        {
            _bytes.WriteByte((byte)(0xF0 | (int)type));
            Varint((ulong)count);
        }
    }

    // Parquet's field ids rise by less than 16 from one to the next, so the short form always does.
    private void Header(int field, ThriftType type)
    {
        _bytes.WriteByte((byte)(((field - _lastField) << 4) | (int)type));
        _lastField = field;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.WriteByte((byte)(value | 0x80));
        }

        _bytes.WriteByte((byte)value);
    }
}
