using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Audio;

/// <summary>
/// Reads RIFF/WAVE: PCM of 8, 16, 24 and 32 bits and IEEE floats of 32 and 64, plain or extensible. Sizes in the file are held against the bytes
/// that are there; a file cut short is refused and not read as far as it goes.
/// </summary>
internal static class WavReader
{
    // More than any microphone array has; a greater count is a damaged header.
    private const int MaxChannels = 64;
    private const int MaxSampleRate = 768_000;
    private const int ChunkHeader = 8;
    private const ushort Pcm = 1, IeeeFloat = 3, Extensible = 0xFFFE;

    public static bool IsWav(ReadOnlySpan<byte> bytes) => bytes.Length >= 12 && bytes[..4].SequenceEqual("RIFF"u8) && bytes[8..12].SequenceEqual("WAVE"u8);

    /// <summary>Reads the file's bytes; <paramref name="path"/> is for messages.</summary>
    /// <exception cref="BadInputException">The file is torn or not of a kind read here.</exception>
    public static AudioClip Read(ReadOnlySpan<byte> bytes, string path)
    {
        uint riff = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (riff > bytes.Length - ChunkHeader)
        {
            throw Bad(path, $"its RIFF header says {riff + (long)ChunkHeader} bytes, but the file has {bytes.Length}", "a file as long as its header says; it is torn, get it again");
        }

        Format? format = null;
        for (int at = 12; at <= bytes.Length - ChunkHeader;)
        {
            ReadOnlySpan<byte> name = bytes.Slice(at, 4);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            at += ChunkHeader;
            if (size > bytes.Length - at)
            {
                throw Bad(path, $"a chunk at byte {at - ChunkHeader} says {size} bytes, but {bytes.Length - at} are left", "chunks that end within the file; it is torn, get it again");
            }

            ReadOnlySpan<byte> chunk = bytes.Slice(at, (int)size);
            if (name.SequenceEqual("fmt "u8))
            {
                format = Format.Read(chunk, path);
            }
            else if (name.SequenceEqual("data"u8))
            {
                return Decode(chunk, format ?? throw Bad(path, "a data chunk before any fmt chunk", "the fmt chunk first"), path);
            }

            at += (int)Math.Min(size + (size & 1L), bytes.Length - at);
        }

        throw Bad(path, "no data chunk", "one that holds the samples");
    }

    private static AudioClip Decode(ReadOnlySpan<byte> data, Format format, string path)
    {
        int frameBytes = format.Channels * format.SampleBytes;
        if (data.Length == 0 || data.Length % frameBytes != 0)
        {
            throw Bad(path, $"{data.Length} bytes of samples", $"a positive multiple of {frameBytes} ({format.Channels} channels of {format.SampleBytes} bytes)");
        }

        var samples = new float[data.Length / frameBytes];
        if (format is { IsFloat: false, Channels: 1, SampleBytes: 2 } && BitConverter.IsLittleEndian)
        {
            ReadOnlySpan<short> pcm = MemoryMarshal.Cast<byte, short>(data);
            for (int i = 0; i < samples.Length; i++)
            {
                samples[i] = Pcm16.ToFloat(pcm[i]);
            }

            return new(samples, format.SampleRate);
        }

        for (int i = 0; i < samples.Length; i++)
        {
            double sum = 0;
            for (int channel = 0; channel < format.Channels; channel++)
            {
                sum += format.Sample(data.Slice((i * frameBytes) + (channel * format.SampleBytes), format.SampleBytes));
            }

            samples[i] = (float)(sum / format.Channels);
            if (!float.IsFinite(samples[i]))
            {
                throw Bad(path, $"sample {i} is {samples[i]}", "finite samples");
            }
        }

        return new(samples, format.SampleRate);
    }

    private static BadInputException Bad(string path, string found, string expected) =>
        new($"{path}: not a WAV file that can be read. Found: {found}. Expected: {expected}.");

    private readonly record struct Format(bool IsFloat, int Channels, int SampleRate, int SampleBytes)
    {
        public static Format Read(ReadOnlySpan<byte> chunk, string path)
        {
            if (chunk.Length < 16)
            {
                throw Bad(path, $"a fmt chunk of {chunk.Length} bytes", "16 or more");
            }

            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
            if (tag == Extensible && chunk.Length >= 26)
            {
                tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
            }

            int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
            long rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
            if (channels is 0 or > MaxChannels || rate is 0 or > MaxSampleRate)
            {
                throw Bad(path, $"{channels} channels at {rate} Hz", $"1 to {MaxChannels} channels at 1 to {MaxSampleRate} Hz");
            }

            if (!(tag == Pcm && bits is 8 or 16 or 24 or 32) && !(tag == IeeeFloat && bits is 32 or 64))
            {
                throw Bad(path, $"format {tag} with {bits} bits a sample", "PCM (1) of 8, 16, 24 or 32 bits, or float (3) of 32 or 64 bits");
            }

            return new(tag == IeeeFloat, channels, (int)rate, bits / 8);
        }

        public double Sample(ReadOnlySpan<byte> bytes) => (IsFloat, SampleBytes) switch
        {
            (false, 1) => (bytes[0] - 128) / 128.0,
            (false, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
            (false, 3) => ((bytes[0] << 8) | (bytes[1] << 16) | (bytes[2] << 24)) / 2147483648.0,
            (false, _) => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
            (true, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            (true, _) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        };
    }
}
