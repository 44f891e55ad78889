using System.Runtime.InteropServices;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Audio;

/// <summary>Reads what libsndfile reads (FLAC, OGG, MP3 and more); the library is Debian's <c>libsndfile1</c>.</summary>
internal static partial class SoundFile
{
    private const string Library = "libsndfile.so.1";
    private const int ModeRead = 0x10;

    // Half an hour at 48 kHz, 346 MB as floats: longer is no clip, and would not fit in memory beside others.
    private const long MaxFrames = 1800L * 48_000;
    private const int MaxChannels = 64;
    private const int MaxSampleRate = 768_000;

    private const int BlockFrames = 4096;
    private const long FirstFrames = 16 * BlockFrames;

    public static AudioClip Read(string path)
    {
        var info = default(Info);
        using Handle file = Open(path, ref info);
        if (file.IsInvalid)
        {
            string reason = Marshal.PtrToStringUTF8(sf_strerror(0)) ?? "";
            throw new BadInputException($"{path}: not a recording that can be read ({reason.Trim()}). Expected WAV, FLAC, OGG or MP3.");
        }

        return info.Frames is > 0 and <= MaxFrames && info.Channels is > 0 and <= MaxChannels && info.SampleRate is > 0 and <= MaxSampleRate
            ? new(Samples(file, info, path), info.SampleRate)
            : throw new BadInputException(
                $"{path}: found {info.Frames} frames of {info.Channels} channels at {info.SampleRate} Hz. Expected 1 to {MaxFrames} frames of 1 to {MaxChannels} channels "
                + $"at 1 to {MaxSampleRate} Hz.");
    }

    // The header's length is not believed before that much was read: a torn one may say anything, and memory would be taken for it.
    private static float[] Samples(Handle file, Info info, string path)
    {
        var samples = new float[Math.Min(info.Frames, FirstFrames)];
        var block = new float[BlockFrames * info.Channels];
        long done = 0;
        for (long read; done < info.Frames && (read = sf_readf_float(file, block, Math.Min(BlockFrames, info.Frames - done))) > 0; done += read)
        {
            if (done + read > samples.Length)
            {
                Array.Resize(ref samples, (int)Math.Min(info.Frames, 2L * samples.Length));
            }

            Average(block, info.Channels, samples.AsSpan((int)done, (int)read));
        }

        if (done != info.Frames)
        {
            throw new BadInputException($"{path}: its header says {info.Frames} frames, but only {done} can be read. The file is torn; get it again.");
        }

        int odd = Array.FindIndex(samples, static sample => !float.IsFinite(sample));
        return odd < 0 ? samples : throw new BadInputException($"{path}: sample {odd} is {samples[odd]}. Expected finite samples; the file is torn, get it again.");
    }

    private static void Average(ReadOnlySpan<float> frames, int channels, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            float sum = 0;
            for (int channel = 0; channel < channels; channel++)
            {
                sum += frames[(i * channels) + channel];
            }

            samples[i] = sum / channels;
        }
    }

    private static Handle Open(string path, ref Info info)
    {
        try
        {
            return sf_open(path, ModeRead, ref info);
        }
        catch (DllNotFoundException e)
        {
            throw new PipelineException($"{path}: reading it needs {Library}, which is not installed. Install it (apt-get install libsndfile1) or convert the file to WAV.", e);
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Handle sf_open(string path, int mode, ref Info info);

    [LibraryImport(Library)]
    private static partial long sf_readf_float(Handle file, float[] buffer, long frames);

    [LibraryImport(Library)]
    private static partial int sf_close(nint file);

    [LibraryImport(Library)]
    private static partial nint sf_strerror(nint file);

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

    private sealed class Handle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => sf_close(handle) == 0;
    }
}
