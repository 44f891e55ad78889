namespace Pipeline.FeatureStore.Parquet;

/// <summary>A page of a column. Offsets are from the file's first byte.</summary>
internal readonly record struct Page(bool IsDictionary, int Values, int Encoding, int DataOffset, int DataBytes)
{
    public int End => DataOffset + DataBytes;

    /// <summary>Reads the page at an offset and, where <paramref name="verify"/> says so, holds its bytes against its checksum.</summary>
    /// <exception cref="FormatException">There is no sound page.</exception>
    /// <exception cref="OverflowException">A number does not fit.</exception>
    public static Page Read(ReadOnlySpan<byte> file, long offset, bool verify = true)
    {
        if (offset < 4 || offset >= file.Length)
        {
            throw new FormatException($"a page is said to begin at byte {offset} of {file.Length}");
        }

        var r = new ThriftReader(file[(int)offset..]);
        (int type, int size, int compressed, int? crc, int values, int encoding) = (-1, -1, -1, null, 0, -1);
        for (int field = 0; r.Field(ref field, out ThriftType kind);)
        {
            switch (field)
            {
                case 1:
                    type = r.Int32(kind);
                    break;
                case 2:
                    size = r.Int32(kind);
                    break;
                case 3:
                    compressed = r.Int32(kind);
                    break;
                case 4:
                    crc = r.Int32(kind);
                    break;
                case 5 or 7:
                    ThriftReader.Expect(kind, ThriftType.Struct);
                    (values, encoding) = ReadCounts(ref r);
                    break;
                default:
                    r.Skip(kind);
                    break;
            }
        }

        int data = (int)offset + r.Position;
        if (type is not (0 or 2) || size < 0 || size != compressed || size > file.Length - data || crc is null || values < 0)
        {
            throw new FormatException($"the header of the page at byte {offset} is damaged, or of a kind that shards do not use");
        }

        uint found = verify ? Crc32.Of(file.Slice(data, size)) : (uint)crc;
        return found == (uint)crc
            ? new(type == 2, values, encoding, data, size)
            : throw new FormatException($"the checksum of the page at byte {offset} is {found:x8}, but its header says {(uint)crc:x8}");
    }

    private static (int Values, int Encoding) ReadCounts(ref ThriftReader r)
    {
        (int values, int encoding) = (0, -1);
        for (int field = 0; r.Field(ref field, out ThriftType kind);)
        {
            switch (field)
            {
                case 1:
                    values = r.Int32(kind);
                    break;
                case 2:
                    encoding = r.Int32(kind);
                    break;
                default:
                    r.Skip(kind);
                    break;
            }
        }

        return (values, encoding);
    }
}
