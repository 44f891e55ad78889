using System.Runtime.InteropServices;

namespace Pipeline.Fuzz.Tests;

/// <summary>Writes FLAC and OGG through libsndfile, which the project itself only reads with.</summary>
internal static partial class EncodedSound
{
    public const int Flac16 = 0x17_0000 | 2;
    public const int OggVorbis = 0x20_0000 | 0x60;

    private const string Library = "libsndfile.so.1";
    private const int ModeWrite = 0x20;

    public static byte[] Write(string path, int format, short[] samples, int channels)
    {
        Info info = new() { SampleRate = 16_000, Channels = channels, Format = format };
        nint file = sf_open(path, ModeWrite, ref info);
        Assert.NotEqual(0, file);
        Assert.Equal(samples.Length / channels, sf_writef_short(file, samples, samples.Length / channels));
        Assert.Equal(0, sf_close(file));
        return File.ReadAllBytes(path);
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint sf_open(string path, int mode, ref Info info);

    [LibraryImport(Library)]
    private static partial long sf_writef_short(nint file, short[] samples, long frames);

    [LibraryImport(Library)]
    private static partial int sf_close(nint file);

    // SF_INFO of sndfile.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public long Frames;
        public int SampleRate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }
}
