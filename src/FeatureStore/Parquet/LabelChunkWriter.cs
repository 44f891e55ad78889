namespace Pipeline.FeatureStore.Parquet;

/// <summary>Writes label columns of row groups: with a dictionary where that is smaller, else plain.</summary>
internal sealed class LabelChunkWriter
{
    private readonly LabelCodes _codes = new();
    private readonly MemoryStream _packed = new();

    public ColumnChunk Write(Stream stream, long offset, LabelColumn column, ReadOnlySpan<ShardRow> rows)
    {
        _codes.Take(rows, column);
        ReadOnlySpan<byte> packed = Pack();
        bool useDictionary = _codes.Values.Length + packed.Length < _codes.PlainBytes;
        long start = stream.Position, data = start;
        if (useDictionary)
        {
            PageWriter.WriteDictionary(stream, _codes.Values, _codes.Distinct);
            data = stream.Position;
        }

        PageWriter.WriteData(stream, useDictionary ? packed : _codes.Plain(), rows.Length, useDictionary ? ParquetEncoding.RleDictionary : ParquetEncoding.Plain);
        (byte[] min, byte[] max) = column.Text is null ? _codes.RangeOfNumbers() : _codes.RangeOfTexts();
        return new(
            column.Name,
            column.Type,
            ParquetCodec.Uncompressed,
            rows.Length,
            offset + data,
            useDictionary ? offset + start : null,
            stream.Position - start,
            useDictionary ? [ParquetEncoding.Plain, ParquetEncoding.Rle, ParquetEncoding.RleDictionary] : [ParquetEncoding.Plain, ParquetEncoding.Rle],
            min,
            max);
    }

    /// <summary>Which value each row has, behind the width that says in how many bits.</summary>
    private ReadOnlySpan<byte> Pack()
    {
        int bitWidth = RleBitPacking.BitWidth(_codes.Distinct - 1);
        _packed.SetLength(0);
        _packed.WriteByte((byte)bitWidth);
        RleBitPacking.Encode(_packed, _codes.Rows, bitWidth);
        return _packed.GetBuffer().AsSpan(0, (int)_packed.Length);
    }
}
