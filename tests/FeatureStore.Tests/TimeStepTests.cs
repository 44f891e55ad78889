using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Tests;

public sealed class TimeStepTests
{
    private const int Rate = 16_000;

    [Theory]
    [InlineData(0.8)]
    [InlineData(1)]
    [InlineData(1.237)]
    public void A_stretch_is_the_phase_vocoder_of_librosa(double rate)
    {
        float[] clip = Speechlike(5_000);
        double[] expected = PlainStretch.Apply(clip, rate);
        float[] found = [.. new TimeStretcher().Apply(clip, rate)];
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), static pair => Assert.Equal(pair.First, pair.Second, 2e-6));
    }

    [Fact]
    public void A_stretcher_used_before_gives_the_same_bits_and_silence_stays_silent()
    {
        TimeStretcher used = new();
        used.Apply(Speechlike(20_000), 0.5);
        float[] clip = Speechlike(9_000);
        Assert.Equal([.. new TimeStretcher().Apply(clip, 1.1)], used.Apply(clip, 1.1).ToArray());
        Assert.All(used.Apply(new float[4_000], 0.7).ToArray(), static s => Assert.Equal(0f, s));
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(1.25)]
    public void A_stretch_keeps_the_pitch_and_the_place_of_the_clip(double rate)
    {
        float[] clip = Apply(new TimeStretchStep(rate, rate, 1), Tone(440, 16_000));
        int end = Math.Min(16_000, (int)(16_000 / rate));
        Assert.Equal(440, Pitch(clip.AsSpan(2_000, end - 4_000)), 3.0);
        Assert.All(clip[end..], static s => Assert.Equal(0f, s));
    }

    [Theory]
    [InlineData(-4)]
    [InlineData(0.7)]
    [InlineData(4)]
    public void A_pitch_shift_changes_the_pitch_by_its_semitones_and_not_the_length(double semitones)
    {
        float[] clip = Apply(new PitchShiftStep(semitones, semitones, 1), Tone(440, 16_000));
        Assert.Equal(440 * Math.Pow(2, semitones / 12), Pitch(clip.AsSpan(2_000, 12_000)), 3.0);
        Assert.Equal(0.5, clip.AsSpan(4_000, 8_000).ToArray().Max(), 0.05);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(1.1)]
    public void Speed_changes_pitch_and_length_together(double rate)
    {
        float[] clip = Apply(new SpeedStep(rate, rate, 1), Tone(440, 16_000));
        int end = Math.Min(16_000, (int)(16_000 / rate));
        Assert.All(Enumerable.Range(100, end - 200), n => Assert.Equal(0.5 * Math.Sin(2 * Math.PI * 440 * n * rate / Rate), clip[n], 2e-4));
        Assert.All(clip[Math.Min(16_000, end + 100)..], static s => Assert.Equal(0f, s, 1e-6));
    }

    [Fact]
    public void What_would_alias_is_eighty_decibels_down()
    {
        var faster = new float[8_000];
        new SpeedChanger().Apply(Tone(5_800, 16_000), 1.5, faster);
        Assert.InRange(faster.AsSpan(200, 7_600).ToArray().Max(Math.Abs), 0, 0.5e-4);
    }

    [Fact]
    public void A_room_adds_echoes_that_die_away_by_sixty_decibels_in_their_time()
    {
        var click = new float[16_000];
        click[100] = 0.01f;
        float[] found = Apply(new RoomStep(400, 400, 6, 6, 1), click);
        double[] energies = [.. found.Skip(101).Chunk(640).Take(10).Select(static part => part.Sum(static s => (double)s * s))];
        Assert.Equal(0.01f, found[100], 1e-6);
        Assert.All(found[..100], static s => Assert.Equal(0f, s, 1e-8));
        Assert.Equal(-6, 10 * Math.Log10(found.Skip(101).Sum(static s => (double)s * s) / 1e-4), 0.1);
        Assert.Equal(-6, 10 * Math.Log10(energies[8] / energies[0]) / 8, 0.5);
    }

    [Fact]
    public void Noise_of_an_amplitude_has_it_of_full_scale_or_of_the_peak()
    {
        float[] clip = Tone(440, 16_000);
        foreach ((NoiseReference of, double expected) in (ReadOnlySpan<(NoiseReference, double)>)[(NoiseReference.FullScale, 0.01), (NoiseReference.Peak, 0.005)])
        {
            float[] noisy = Apply(new AmplitudeNoiseStep(0.01, 0.01, of, 1), clip);
            Assert.Equal(expected, Math.Sqrt(noisy.Zip(clip, static (a, b) => Math.Pow(a - b, 2)).Average()), 0.02 * expected);
        }
    }

    [Fact]
    public void A_mix_adds_another_clip_at_its_ratio_and_nothing_to_or_of_silence()
    {
        float[] clip = Tone(440, 16_000), other = Tone(1_000, 16_000);
        AugmentSpec spec = new() { Probability = 1, Steps = [new MixStep(10, 10, 1)] };
        float[] mixed = [.. clip], silent = new float[16_000];
        ClipBank bank = new(3, (index, samples) => other.Select(s => index * s).ToArray().CopyTo(samples));
        var subject = new AugmentSubject(Augmenter.KeyOf("b"), 1, IsSilence: false, Split.Train);
        new Augmenter(spec, 5, NoiseBank.Empty, new(1, (_, samples) => other.CopyTo(samples)), Rate).ApplyToWaveform(mixed, subject);
        Assert.All(Enumerable.Range(0, 16_000), n => Assert.Equal(clip[n] + (other[n] * Math.Pow(10, -0.5)), mixed[n], 1e-5));
        new Augmenter(spec, 5, NoiseBank.Empty, bank, Rate).ApplyToWaveform(silent, subject);
        Assert.All(silent, static s => Assert.Equal(0f, s));
        new Augmenter(spec, 5, NoiseBank.Empty, new(1, static (_, samples) => samples.Clear()), Rate).ApplyToWaveform(mixed = [.. clip], subject);
        Assert.Equal(clip, mixed);
    }

    [Fact]
    public void Draws_of_the_ziggurat_are_normal()
    {
        StableRandom random = new(3);
        double[] draws = [.. Enumerable.Range(0, 1_000_000).Select(_ => GaussianNoise.Next(random)).Order()];
        Assert.Equal(0, draws.Average(), 0.004);
        Assert.Equal(1, draws.Average(static x => x * x), 0.006);
        Assert.Equal(3, draws.Average(static x => Math.Pow(x, 4)), 0.04);

        // Quantiles of the standard normal distribution, of a table.
        foreach ((double share, double quantile) in (ReadOnlySpan<(double, double)>)[(0.001, -3.0902), (0.0228, -1.9991), (0.25, -0.6745), (0.5, 0), (0.9, 1.2816), (0.99, 2.3263), (0.9997, 3.4316)])
        {
            Assert.Equal(quantile, draws[(int)(share * draws.Length)], 0.06 * Math.Max(0.2, Math.Abs(quantile) - 1));
        }
    }

    [Fact]
    public void A_shift_that_wraps_keeps_every_sample()
    {
        float[] clip = Speechlike(16_000), found = Apply(new ShiftStep(500) { Gap = ShiftGap.Wrap }, clip);
        Assert.Equal(clip.Order(), found.Order());
        Assert.NotEqual(clip, found);
        Assert.Equal(clip, Apply(new ShiftStep(500) { P = 0 }, clip));
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        AugmentStep[] steps =
        [
            new TimeStretchStep(0.2, 1, 1), new TimeStretchStep(1.2, 1, 1), new PitchShiftStep(-25, 0, 1), new SpeedStep(1, 5, 1), new RoomStep(5, 100, 0, 20, 1),
            new RoomStep(100, 200, 0, 70, 1), new AmplitudeNoiseStep(0, 1.5, NoiseReference.Peak, 1), new ShiftStep(100) { P = 2 }, new SpeedStep(1, 1, -1),
        ];
        Assert.All(steps, static step => Assert.Throws<BadInputException>(() => AugmentChecks.Check(new() { Steps = [step] })));
    }

    private static float[] Apply(AugmentStep step, float[] clip)
    {
        float[] samples = [.. clip];
        new Augmenter(new() { Probability = 1, Steps = [step] }, seed: 5, NoiseBank.Empty, ClipBank.Empty, Rate).ApplyToWaveform(samples, new(Augmenter.KeyOf("a"), 1, IsSilence: false, Split.Train));
        return samples;
    }

    private static float[] Tone(double hertz, int samples) => [.. Enumerable.Range(0, samples).Select(n => (float)(0.5 * Math.Sin(2 * Math.PI * hertz * n / Rate)))];

    // Tones that come and go, over noise.
    private static float[] Speechlike(int samples)
    {
        StableRandom random = new(11);
        return [.. Enumerable.Range(0, samples).Select(n => (float)((0.3 * Math.Sin(n * 0.07) * Math.Sin(n * 0.0009)) + (0.2 * Math.Sin(n * n * 1e-5)) + (0.02 * random.NextGaussian())))];
    }

    // Zero crossings upwards a second, the first and last placed between samples.
    private static double Pitch(ReadOnlySpan<float> tone)
    {
        double first = 0, last = 0;
        int crossings = -1;
        for (int n = 1; n < tone.Length; n++)
        {
            if (tone[n - 1] < 0 && tone[n] >= 0)
            {
                last = n - (tone[n] / (tone[n] - tone[n - 1]));
                first = crossings++ < 0 ? last : first;
            }
        }

        return crossings * Rate / (last - first);
    }
}
