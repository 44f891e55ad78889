namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes page headers with the checksum of the page.</summary>
internal static class PageWriter
{
    public static void WriteData(Stream stream, ReadOnlySpan<byte> page, int values, ParquetEncoding encoding)
    {
        ThriftWriter header = Start(0, page);
        FinishData(header, values, encoding);
        Write(stream, header, page);
    }

    public static void WriteDictionary(Stream stream, ReadOnlySpan<byte> page, int values)
    {
        ThriftWriter header = Start(2, page);
        header.Struct(7, () =>
        {
            header.I32(1, values);
            header.I32(2, (int)ParquetEncoding.Plain);
        });
        header.Stop();
        Write(stream, header, page);
    }

    /// <summary>Ends the header of a data page after its checksum.</summary>
    public static void FinishData(ThriftWriter header, int values, ParquetEncoding encoding)
    {
        header.Struct(5, () =>
        {
            header.I32(1, values);
            header.I32(2, (int)encoding);
            header.I32(3, (int)ParquetEncoding.Rle);
            header.I32(4, (int)ParquetEncoding.Rle);
        });
        header.Stop();
    }

    private static ThriftWriter Start(int type, ReadOnlySpan<byte> page)
    {
        var header = new ThriftWriter();
        header.I32(1, type);
        header.I32(2, page.Length);
        header.I32(3, page.Length);
        header.I32(4, (int)Crc32.Of(page));
        return header;
    }

    private static void Write(Stream stream, ThriftWriter header, ReadOnlySpan<byte> page)
    {
        stream.Write(header.Bytes);
        stream.Write(page);
    }
}
