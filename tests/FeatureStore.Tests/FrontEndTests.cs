using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.FeatureStore.Tests;

public sealed class FrontEndTests
{
    private static readonly string[] ClipNames = ["tones", "noise", "silence", "voice", "clicks"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Log_mel_1A_agrees_with_torchaudio_to_a_ten_thousandth(int clip)
    {
        float[] expected = Golden<float>("log-mel-torchaudio.bin").Slice(clip * 4040, 4040).ToArray();
        var found = new float[4040];
        FrontEnds.FrontEnds.Get(FrontEnds.FrontEnds.LogMel40Torchaudio).Compute(Clip(clip), found);
        double worst = expected.Zip(found, static (e, f) => (double)Math.Abs(e - f)).Max();
        Assert.True(worst <= 1e-4, $"{ClipNames[clip]}: off by {worst:g3}");
    }

    [Theory]
    [InlineData(FrontEnds.FrontEnds.LogMel40Torchaudio, 8000, true, 16_000)]
    [InlineData(FrontEnds.FrontEnds.LogMel404Khz, 4000, false, 16_000)]
    [InlineData(FrontEnds.FrontEnds.LogMel40Torchaudio, 8000, true, 3_217)]
    [InlineData(FrontEnds.FrontEnds.LogMel404Khz, 4000, false, 3_217)]
    public void Both_front_ends_agree_with_the_plain_double_precision_reference(string name, double maxHz, bool centred, int samples)
    {
        IFrontEnd frontEnd = FrontEnds.FrontEnds.Get(name);
        for (int clip = 0; clip < ClipNames.Length; clip++)
        {
            float[] signal = Clip(clip)[..samples];
            double[] expected = PlainLogMel.Compute(signal, maxHz, centred);
            var found = new float[40 * frontEnd.FramesFor(samples)];
            frontEnd.Compute(signal, found);
            Assert.Equal(expected.Length, found.Length);
            double worst = expected.Zip(found, static (e, f) => Math.Abs(e - f)).Max();
            Assert.True(worst <= 1e-4, $"{ClipNames[clip]}: off by {worst:g3}");
        }
    }

    [Fact]
    public void A_second_of_sound_has_101_centred_frames_and_98_others()
    {
        Assert.Equal(101, FrontEnds.FrontEnds.Get(FrontEnds.FrontEnds.LogMel40Torchaudio).FramesFor(16_000));
        Assert.Equal(98, FrontEnds.FrontEnds.Get(FrontEnds.FrontEnds.LogMel404Khz).FramesFor(16_000));
    }

    [Fact]
    public void The_logarithm_keeps_its_stated_error_over_twenty_orders_of_magnitude()
    {
        var random = new StableRandom(1);
        for (int i = 0; i < 200_000; i++)
        {
            float x = (float)Math.Exp(random.NextDouble(-16, 16));
            float found = NaturalLog.Of(System.Runtime.Intrinsics.Vector256.Create(x))[0];
            double error = Math.Abs(found - Math.Log(x));
            Assert.True(error <= 1.2e-6, $"ln {x:r} is off by {error:g3}");
            Assert.True(error <= Math.Max(3e-7 * Math.Abs(Math.Log(x)), 3e-8), $"ln {x:r} is off by {error:g3}");
        }
    }

    [Fact]
    public void The_bits_are_those_of_the_recorded_run()
    {
        var found = new float[4040];
        FrontEnds.FrontEnds.Get(FrontEnds.FrontEnds.LogMel40Torchaudio).Compute(Clip(3), found);
        Assert.Equal("a9c368ad25236b19d2455a60e424e4d8", ContentHash.Of(MemoryMarshal.AsBytes<float>(found)).Hex[..32]);
    }

    [Fact]
    public void An_unknown_front_end_is_refused_naming_the_known_ones()
    {
        BadInputException e = Assert.Throws<BadInputException>(() => FrontEnds.FrontEnds.Get("mfcc"));
        Assert.Contains("log-mel-40-torchaudio", e.Message, StringComparison.Ordinal);
    }

    private static float[] Clip(int clip) => [.. Golden<short>("log-mel-clips.bin").Slice(clip * 16_000, 16_000).ToArray().Select(static s => s / 32768f)];

    private static ReadOnlySpan<T> Golden<T>(string name)
        where T : struct => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", name)));
}
