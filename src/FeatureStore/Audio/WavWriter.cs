using System.Buffers.Binary;

namespace Pipeline.FeatureStore.Audio;

/// <summary>Writes mono 16-bit WAV.</summary>
public static class WavWriter
{
    private const int HeaderBytes = 44;

    /// <summary>The file's bytes. Samples are clamped to [-1, 1] and rounded to the nearest 1/32768.</summary>
    public static byte[] ToBytes(ReadOnlySpan<float> samples, int sampleRate)
    {
        var bytes = new byte[HeaderBytes + (2 * samples.Length)];
        Span<byte> header = bytes;
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], 2 * sampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], 2 * samples.Length);
        for (int i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(header[(HeaderBytes + (2 * i))..], Pcm16.FromFloat(samples[i]));
        }

        return bytes;
    }
}
