namespace Pipeline.FeatureStore.Parquet;

/// <summary>The CRC-32 of Parquet's pages: that of gzip (RFC 1952 section 8).</summary>
internal static class Crc32
{
    public static uint Of(ReadOnlySpan<byte> page) =>
        page.Length >= WideCrc32.LeastBytes && WideCrc32.IsSupported ? WideCrc32.Of(page) : System.IO.Hashing.Crc32.HashToUInt32(page);
}
