namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes page headers with the checksum of the page.</summary>
internal static class PageWriter
{
    public static void WriteData(Stream stream, ReadOnlySpan<byte> page, int values, int encoding)
    {
        ThriftWriter header = Start(0, page);
        header.Struct(5, () =>
        {
            header.I32(1, values);
            header.I32(2, encoding);
            header.I32(3, ParquetEncoding.Rle);
            header.I32(4, ParquetEncoding.Rle);
        });
        Finish(stream, header, page);
    }

    public static void WriteDictionary(Stream stream, ReadOnlySpan<byte> page, int values)
    {
        ThriftWriter header = Start(2, page);
        header.Struct(7, () =>
        {
            header.I32(1, values);
            header.I32(2, ParquetEncoding.Plain);
        });
        Finish(stream, header, page);
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

    private static void Finish(Stream stream, ThriftWriter header, ReadOnlySpan<byte> page)
    {
        header.Stop();
        stream.Write(header.Bytes);
        stream.Write(page);
    }
}
