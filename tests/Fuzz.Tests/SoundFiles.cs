using System.Buffers.Binary;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.Fuzz.Tests;

/// <summary>Sound recordings: made ones of every format, and real ones where there are some.</summary>
internal static class SoundFiles
{
    private const int Samples = 6000;

    public static short[] Pcm { get; } = [.. Enumerable.Range(0, Samples)
        .Select(static i => (short)((8000 * Math.Sin(i * 0.07)) + StableRandom.For(1, "fuzz:pcm", i).NextInt(2000)))];

    public static byte[][] Wav() =>
    [
        WavWriter.ToBytes([.. Pcm.Select(static s => s / 32768f)], 16_000),
        .. Real("speech_commands_test_v0.02/yes", "*.wav"),
        .. Real("emodb", "*.wav"),
        Other(1, 8, 2),
        Other(1, 24, 1),
        Other(1, 32, 2),
        Other(3, 32, 1),
        Other(3, 64, 2),
    ];

    public static byte[][] Flac(string folder) =>
        [EncodedSound.Write(Path.Combine(folder, "a.flac"), EncodedSound.Flac16, Pcm, 1), EncodedSound.Write(Path.Combine(folder, "b.flac"), EncodedSound.Flac16, Pcm, 2)];

    public static byte[][] Ogg(string folder) => [EncodedSound.Write(Path.Combine(folder, "a.ogg"), EncodedSound.OggVorbis, Pcm, 1)];

    // Two recordings of a folder, cut where they are long: damage to their ends must be likely.
    private static IEnumerable<byte[]> Real(string folder, string pattern) =>
        Environment.GetEnvironmentVariable("PIPELINE_DATA") is { Length: > 0 } root && Directory.Exists(Path.Combine(root, folder))
            ? Directory.EnumerateFiles(Path.Combine(root, folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(2).Select(File.ReadAllBytes)
            : [];

    // Sample values do not matter here; those of floats must be finite, so they are zero.
    private static byte[] Other(short format, short bits, short channels)
    {
        byte[] data = new byte[200 * channels * bits / 8];
        byte[] head = [.. "RIFF"u8, .. new byte[4], .. "WAVEfmt "u8, .. new byte[20], .. "data"u8, .. new byte[4]];
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), head.Length + data.Length - 8);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(20), format);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(22), channels);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(24), 16_000);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(34), bits);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(40), data.Length);
        return [.. head, .. data];
    }
}
