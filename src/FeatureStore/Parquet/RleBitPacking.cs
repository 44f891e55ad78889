namespace Pipeline.FeatureStore.Parquet;

/// <summary>Parquet's hybrid of run lengths and bit-packed groups of eight (Encodings.md of Apache Parquet, "RLE / Bit-Packing Hybrid").</summary>
internal static class RleBitPacking
{
    public static int BitWidth(int maxValue) => maxValue == 0 ? 0 : int.Log2(maxValue) + 1;

    /// <summary>Writes values of at most so many bits.</summary>
    public static void Encode(Stream bytes, ReadOnlySpan<int> values, int bitWidth)
    {
        for (int at = 0; at < values.Length;)
        {
            int run = RunAt(values, at);
            if (run >= 8)
            {
                Varint(bytes, (uint)run << 1);
                for (int written = 0; written < bitWidth; written += 8)
                {
                    bytes.WriteByte((byte)(values[at] >> written));
                }

                at += run;
            }
            else
            {
                int end = at;
                while (end < values.Length && (end + 8 > values.Length || RunAt(values, end) < 8))
                {
                    end = Math.Min(end + 8, values.Length);
                }

                Pack(bytes, values[at..end], bitWidth);
                at = end;
            }
        }
    }

    /// <exception cref="FormatException">The bytes do not hold so many values.</exception>
    public static int[] Decode(ReadOnlySpan<byte> bytes, int bitWidth, int count)
    {
        if (bitWidth > 31)
        {
            throw new FormatException($"values of {bitWidth} bits");
        }

        var values = new int[count];
        int valueBytes = (bitWidth + 7) / 8;
        for (int done = 0, at = 0; done < count;)
        {
            uint header = Varint(bytes, ref at);
            if ((header & 1) == 0)
            {
                int run = (int)Math.Min(header >> 1, (uint)(count - done));
                int value = 0;
                for (int i = 0; i < valueBytes; i++)
                {
                    value |= ByteAt(bytes, at++) << (8 * i);
                }

                values.AsSpan(done, run).Fill(value);
                done += run > 0 ? run : throw new FormatException("a run of no values");
            }
            else
            {
                long packed = 8L * (header >> 1);
                int used = (int)Math.Min(packed, count - done);
                Unpack(bytes, at, bitWidth, values.AsSpan(done, used));
                at = (int)Math.Min(bytes.Length, at + (packed / 8 * bitWidth));
                done += used > 0 ? used : throw new FormatException("a group of no values");
            }
        }

        return values;
    }

    private static int RunAt(ReadOnlySpan<int> values, int at)
    {
        int other = values[at..].IndexOfAnyExcept(values[at]);
        return other < 0 ? values.Length - at : other;
    }

    private static void Pack(Stream bytes, ReadOnlySpan<int> values, int bitWidth)
    {
        int groups = (values.Length + 7) / 8;
        Varint(bytes, ((uint)groups << 1) | 1);
        (ulong waiting, int bits) = (0, 0);
        for (int i = 0; i < 8 * groups; i++)
        {
            waiting |= i < values.Length ? (ulong)(uint)values[i] << bits : 0;
            for (bits += bitWidth; bits >= 8; bits -= 8, waiting >>= 8)
            {
                bytes.WriteByte((byte)waiting);
            }
        }
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int at, int bitWidth, Span<int> values)
    {
        (ulong waiting, int bits) = (0, 0);
        foreach (ref int value in values)
        {
            for (; bits < bitWidth; bits += 8)
            {
                waiting |= (ulong)ByteAt(bytes, at++) << bits;
            }

            value = (int)(waiting & ((1UL << bitWidth) - 1));
            waiting >>= bitWidth;
            bits -= bitWidth;
        }
    }

    private static byte ByteAt(ReadOnlySpan<byte> bytes, int at) => at < bytes.Length ? bytes[at] : throw new FormatException("the values end early");

    private static void Varint(Stream bytes, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }

        bytes.WriteByte((byte)value);
    }

    private static uint Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; shift < 32; shift += 7)
        {
            byte b = ByteAt(bytes, at++);
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("a run length of more than 32 bits");
    }
}
