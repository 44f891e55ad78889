namespace Pipeline.FeatureStore.Tests;

/// <summary>CRC-32 as RFC 1952 section 8 has it, a bit a step: the reference of the vectorised one that pages carry.</summary>
internal static class PlainCrc32
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
