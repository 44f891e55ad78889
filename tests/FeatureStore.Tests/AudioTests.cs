using System.Buffers.Binary;
using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Tests;

public sealed class AudioTests
{
    private static readonly float[] Tone = [.. Enumerable.Range(0, 1000).Select(static i => (float)Math.Sin(i * 0.05) * 0.7f)];

    [Theory]
    [InlineData(1, 8, 1, 0.005)]
    [InlineData(1, 16, 1, 2e-5)]
    [InlineData(1, 16, 3, 2e-5)]
    [InlineData(1, 24, 2, 1e-6)]
    [InlineData(1, 32, 1, 1e-7)]
    [InlineData(3, 32, 2, 1e-7)]
    [InlineData(3, 64, 1, 1e-7)]
    [InlineData(0xFFFE, 16, 2, 2e-5)]
    public void Every_kind_of_samples_is_read_and_channels_are_averaged(int format, int bits, int channels, double tolerance)
    {
        AudioClip clip = WavReader.Read(Wav(format, bits, channels), "a.wav");
        Assert.Equal(22_050, clip.SampleRate);
        Assert.Equal(Tone.Length, clip.Samples.Length);
        Assert.All(Enumerable.Range(0, Tone.Length), i => Assert.Equal(Tone[i], clip.Samples[i], tolerance));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        AudioClip clip = WavReader.Read(WavWriter.ToBytes(Tone, 16_000), "a.wav");
        Assert.Equal(Tone.Select(static sample => MathF.Round(sample * 32768) / 32768), clip.Samples);
        Assert.Equal(short.MaxValue, Pcm16.FromFloat(1.5f));
        Assert.Equal(short.MinValue, Pcm16.FromFloat(-1.5f));
    }

    [Fact]
    public void A_torn_wav_is_refused_naming_the_file_wherever_it_is_cut()
    {
        using var folder = new TemporaryFolder();
        byte[] sound = WavWriter.ToBytes(Tone, 16_000);
        for (int length = 0; length < sound.Length; length += 13)
        {
            File.WriteAllBytes(folder["torn.wav"], sound[..length]);
            BadInputException e = Assert.Throws<BadInputException>(() => AudioReader.Read(folder["torn.wav"]));
            Assert.Contains("torn.wav", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damaged_headers_give_a_clip_or_a_clear_refusal_and_nothing_else()
    {
        byte[] sound = WavWriter.ToBytes(Tone, 16_000);
        var random = new StableRandom(9);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. sound];
            for (int flips = 0; flips < 3; flips++)
            {
                damaged[12 + random.NextInt(32)] = (byte)random.NextInt(256);
            }

            try
            {
                AudioClip clip = WavReader.Read(damaged, "a.wav");
                Assert.InRange(clip.Samples.Length, 1, sound.Length);
            }
            catch (BadInputException e)
            {
                Assert.Contains("Expected", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Chunks_before_the_samples_and_bytes_after_them_are_passed_over()
    {
        byte[] wav = WavWriter.ToBytes(Tone, 16_000);
        byte[] list = [.. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0];
        byte[] padded = [.. wav[..36], .. list, .. wav[36..], .. "junk"u8];
        BinaryPrimitives.WriteInt32LittleEndian(padded.AsSpan(4), padded.Length - 8 - 4);
        Assert.Equal(WavReader.Read(wav, "a.wav").Samples, WavReader.Read(padded, "b.wav").Samples);
    }

    [ToolFact("sox")]
    public void Flac_and_ogg_are_read_through_libsndfile()
    {
        using var folder = new TemporaryFolder();
        float[] tone = [.. Enumerable.Range(0, 16_000).Select(static i => (float)Math.Sin(i * 0.1) * 0.5f)];
        File.WriteAllBytes(folder["a.wav"], WavWriter.ToBytes(tone, 16_000));
        foreach (string name in (string[])["a.flac", "a.ogg"])
        {
            using (var sox = Process.Start("sox", [folder["a.wav"], folder[name]]))
            {
                sox.WaitForExit();
                Assert.Equal(0, sox.ExitCode);
            }

            AudioClip clip = AudioReader.Read(folder[name]);
            Assert.Equal(16_000, clip.SampleRate);
            Assert.Equal(16_000, clip.Samples.Length);
            Assert.All(Enumerable.Range(1000, 14_000), i => Assert.Equal(tone[i], clip.Samples[i], name == "a.flac" ? 3e-5 : 0.05));
        }

        File.WriteAllBytes(folder["b.flac"], File.ReadAllBytes(folder["a.flac"])[..900]);
        Assert.Contains("b.flac", Assert.Throws<BadInputException>(() => AudioReader.Read(folder["b.flac"])).Message, StringComparison.Ordinal);
    }

    private static byte[] Wav(int format, int bits, int channels)
    {
        int bytes = bits / 8;
        var data = new byte[Tone.Length * channels * bytes];
        for (int i = 0; i < Tone.Length; i++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                // The channels differ and their mean is the tone.
                double value = Tone[i] + (0.1 * (channel - ((channels - 1) / 2.0)));
                Span<byte> at = data.AsSpan(((i * channels) + channel) * bytes);
                switch (format, bits)
                {
                    case (_, 8):
                        at[0] = (byte)Math.Round((value * 128) + 128);
                        break;
                    case (_, 16):
                        BinaryPrimitives.WriteInt16LittleEndian(at, (short)Math.Round(value * 32768));
                        break;
                    case (_, 24):
                        int v = (int)Math.Round(value * 8388608);
                        (at[0], at[1], at[2]) = ((byte)v, (byte)(v >> 8), (byte)(v >> 16));
                        break;
                    case (1, _):
                        BinaryPrimitives.WriteInt32LittleEndian(at, (int)Math.Round(value * 2147483648.0));
                        break;
                    case (_, 32):
                        BinaryPrimitives.WriteSingleLittleEndian(at, (float)value);
                        break;
                    default:
                        BinaryPrimitives.WriteDoubleLittleEndian(at, value);
                        break;
                }
            }
        }

        byte[] header = WavWriter.ToBytes([], 22_050);
        byte[] extension = format == 0xFFFE ? [22, 0, (byte)bits, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113] : [];
        byte[] wav = [.. header[..36], .. extension, .. header[36..], .. data];
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16 + extension.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(wav.AsSpan(20), (ushort)format);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), (short)bits);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40 + extension.Length), data.Length);
        return wav;
    }
}
