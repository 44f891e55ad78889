using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Reads Thrift's compact protocol. Whatever the bytes are, it ends with a value or a <see cref="FormatException"/>.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    // Parquet's metadata nests five deep; damaged bytes may claim any depth.
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the next field's header; false at the end of the struct. <paramref name="field"/> holds the last field's id, 0 at first.</summary>
    public bool Field(ref int field, out ThriftType type)
    {
        byte header = Byte();
        type = (ThriftType)(header & 15);
        if (type == ThriftType.Stop)
        {
            return false;
        }

        int delta = header >> 4;
        field = delta == 0 ? (int)Integer() : field + delta;
        return true;
    }

    public long Integer()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int32(ThriftType found)
    {
        Expect(found, ThriftType.I32);
        return checked((int)Integer());
    }

    public long Int64(ThriftType found)
    {
        Expect(found, ThriftType.I64);
        return Integer();
    }

    public string Text(ThriftType found)
    {
        Expect(found, ThriftType.Binary);
        return Encoding.UTF8.GetString(Bytes());
    }

    public int ListCount(ThriftType found, ThriftType element)
    {
        Expect(found, ThriftType.List);
        (int count, ThriftType type) = ListHeader();
        Expect(type, element);
        return count;
    }

    public string TextItem() => Encoding.UTF8.GetString(Bytes());

    public static void Expect(ThriftType found, ThriftType expected)
    {
        if (found != expected)
        {
            throw new FormatException($"found a field of type {found} where {expected} was expected");
        }
    }

    public void Skip(ThriftType type)
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("the metadata is nested too deep");
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                Varint();
                break;
            case ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                Bytes();
                break;
            case ThriftType.List or ThriftType.Set:
                (int count, ThriftType element) = ListHeader();
                for (int i = 0; i < count; i++)
                {
                    Skip(element);
                }

                break;
            case ThriftType.Struct:
                for (int field = 0; Field(ref field, out ThriftType inner);)
                {
                    Skip(inner);
                }

                break;
            default:
                throw new FormatException($"found a field of unknown type {(int)type}");
        }

        _depth--;
    }

    private (int Count, ThriftType Type) ListHeader()
    {
        byte header = Byte();
        ulong count = header >> 4 == 15 ? Varint() : (ulong)(header >> 4);
        return count <= (ulong)(_bytes.Length - Position)
            ? ((int)count, (ThriftType)(header & 15))
            : throw new FormatException($"a list says it has {count} items, more than there are bytes");
    }

    private ReadOnlySpan<byte> Bytes()
    {
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - Position) ? Take((int)length) : throw new FormatException($"a text says it has {length} bytes, more than are left");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new FormatException("the metadata ends early");
        }

        Position += count;
        return _bytes.Slice(Position - count, count);
    }

    private byte Byte() => Take(1)[0];

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("a number has more than 64 bits");
    }
}
