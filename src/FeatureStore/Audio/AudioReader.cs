using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Audio;

/// <summary>Reads recordings: WAV by our own reader, FLAC, OGG and MP3 through libsndfile.</summary>
public static class AudioReader
{
    // Recordings are held whole in memory while they are read; this is half an hour of 48 kHz stereo.
    private const long MaxFileBytes = 352L << 20;

    /// <summary>The endings of file names that are taken for recordings.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { ".wav", ".flac", ".ogg", ".mp3" };

    /// <summary>Reads a recording, its channels averaged to one.</summary>
    /// <exception cref="BadInputException">The file is missing, torn, too long or of no known kind.</exception>
    public static AudioClip Read(string path) => Decode(ReadBytes(path), path);

    /// <summary>The bytes of a recording's file.</summary>
    internal static byte[] ReadBytes(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length is > 0 and <= MaxFileBytes
                ? File.ReadAllBytes(path)
                : throw new BadInputException($"{path}: the file has {length} bytes. Expected a recording of 1 to {MaxFileBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: the recording cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Decodes the bytes that <see cref="ReadBytes"/> gave for the path.</summary>
    internal static AudioClip Decode(ReadOnlySpan<byte> bytes, string path) =>
        WavReader.IsWav(bytes) || path.EndsWith(".wav", StringComparison.OrdinalIgnoreCase)
            ? DecodeWav(bytes, path)
            : SoundFile.Read(path);

    private static AudioClip DecodeWav(ReadOnlySpan<byte> bytes, string path) => WavReader.IsWav(bytes)
        ? WavReader.Read(bytes, path)
        : throw new BadInputException($"{path}: the file is named .wav but does not begin with a RIFF/WAVE header ({bytes.Length} bytes). The file is torn or of another kind.");
}
