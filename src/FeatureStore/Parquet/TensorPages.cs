namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// The pages that hold tensors, one each. All of a shard have the same length, because the header holds the checksum in five bytes also where fewer
/// would do: so the place of any row is a product, and a row can be read without reading those before it.
/// </summary>
internal sealed class TensorPages
{
    /// <summary>Bytes of a number of 32 bits in Thrift's variable length, at most.</summary>
    private const int ChecksumBytes = 5;

    private readonly byte[] _header;
    private readonly int _checksumAt;

    /// <summary>The pages of tensors of so many bytes.</summary>
    public TensorPages(int tensorBytes)
    {
        var header = new ThriftWriter();
        header.I32(1, 0);
        header.I32(2, tensorBytes);
        header.I32(3, tensorBytes);
        header.I32(4, int.MinValue);
        _checksumAt = header.Bytes.Length - ChecksumBytes;
        PageWriter.FinishData(header, values: 1, ParquetEncoding.Plain);
        _header = header.Bytes.ToArray();
        TensorBytes = tensorBytes;
    }

    /// <summary>Bytes of a tensor.</summary>
    public int TensorBytes { get; }

    /// <summary>Bytes before a page's tensor.</summary>
    public int HeaderBytes => _header.Length;

    /// <summary>Bytes of a page.</summary>
    public int PageBytes => _header.Length + TensorBytes;

    /// <summary>Writes a page.</summary>
    public void Write(Stream stream, ReadOnlySpan<byte> tensor)
    {
        Span<byte> header = stackalloc byte[_header.Length];
        Fill(header, Crc32.Of(tensor));
        stream.Write(header);
        stream.Write(tensor);
    }

    /// <summary>The tensor of a page, every byte of which is as it was written.</summary>
    /// <exception cref="FormatException">A byte is not.</exception>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> page)
    {
        ReadOnlySpan<byte> tensor = page[HeaderBytes..];
        uint found = Crc32.Of(tensor);
        Span<byte> expected = stackalloc byte[_header.Length];
        Fill(expected, found);
        return page[..HeaderBytes].SequenceEqual(expected)
            ? tensor
            : throw new FormatException($"the tensor's checksum is {found:x8}, but the page's header has another, or is itself damaged");
    }

    private void Fill(Span<byte> header, uint crc)
    {
        _header.CopyTo(header);
        uint zigzag = (crc << 1) ^ (uint)((int)crc >> 31);
        for (int i = 0; i < ChecksumBytes; i++)
        {
            header[_checksumAt + i] = (byte)((zigzag >> (7 * i)) | (i < ChecksumBytes - 1 ? 0x80u : 0));
        }
    }
}
