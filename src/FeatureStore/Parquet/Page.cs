namespace Pipeline.FeatureStore.Parquet;

/// <summary>A page of a label column. Offsets are from the first byte of the row group's labels.</summary>
internal readonly record struct Page(bool IsDictionary, int Values, ParquetEncoding Encoding, int DataOffset, int DataBytes)
{
    /// <summary>Reads the page at an offset and holds its bytes against its checksum.</summary>
    /// <exception cref="FormatException">There is no sound page.</exception>
    /// <exception cref="OverflowException">A number does not fit.</exception>
    public static Page Read(ReadOnlySpan<byte> labels, long offset)
    {
        if (offset < 0 || offset >= labels.Length)
        {
            throw new FormatException($"a page is said to begin at byte {offset} of {labels.Length}");
        }

        var r = new ThriftReader(labels[(int)offset..]);
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
        if (type is not (0 or 2) || size < 0 || size != compressed || size > labels.Length - data || crc is null || values < 0)
        {
            throw new FormatException($"the header of the page at byte {offset} is damaged, or of a kind that shards do not use (type {type})");
        }

        uint found = Crc32.Of(labels.Slice(data, size));
        return found == (uint)crc
            ? new(type == 2, values, (ParquetEncoding)encoding, data, size)
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
