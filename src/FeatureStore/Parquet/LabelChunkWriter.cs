namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes one label column of one row group: with a dictionary where that is smaller, else plain.</summary>
internal static class LabelChunkWriter
{
    public static ColumnChunk Write(Stream stream, long offset, LabelColumn column, ReadOnlySpan<ShardRow> rows)
    {
        LabelCodes codes = column.Text is { } text ? LabelCodes.Of(rows, text) : LabelCodes.Of(rows, column.Number!);
        int bitWidth = RleBitPacking.BitWidth(codes.Distinct - 1);
        byte[] packed = [(byte)bitWidth, .. RleBitPacking.Encode(codes.Rows, bitWidth)];
        bool useDictionary = codes.Values.Length + packed.Length < codes.PlainBytes;
        long start = stream.Position, data = start;
        if (useDictionary)
        {
            PageWriter.WriteDictionary(stream, codes.Values, codes.Distinct);
            data = stream.Position;
        }

        PageWriter.WriteData(stream, useDictionary ? packed : codes.Plain(), rows.Length, useDictionary ? ParquetEncoding.RleDictionary : ParquetEncoding.Plain);
        return new(
            column.Name,
            column.Type,
            ParquetCodec.Uncompressed,
            rows.Length,
            offset + data,
            useDictionary ? offset + start : null,
            stream.Position - start,
            useDictionary ? [ParquetEncoding.Plain, ParquetEncoding.Rle, ParquetEncoding.RleDictionary] : [ParquetEncoding.Plain, ParquetEncoding.Rle],
            codes.Min,
            codes.Max);
    }
}
