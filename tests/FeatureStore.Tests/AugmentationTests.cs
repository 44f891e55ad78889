using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Tests;

public sealed class AugmentationTests
{
    private const int Rate = 16_000;
    private static readonly AugmentSpec Spec = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };
    private static readonly NoiseBank Noise = new([.. Enumerable.Range(1, 3).Select(static k => Enumerable.Repeat(0.1f * k, 40_000).ToArray())]);

    [Fact]
    public void A_copy_is_a_pure_function_of_seed_clip_and_copy()
    {
        float[] first = Apply(Spec, 5, new(7, 2, false, Split.Train), 0.5f);
        Assert.Equal(first, Apply(Spec, 5, new(7, 2, false, Split.Train), 0.5f));
        Assert.NotEqual(Apply(Spec with { Probability = 1 }, 5, new(7, 2, false, Split.Train)), Apply(Spec with { Probability = 1 }, 5, new(7, 3, false, Split.Train)));
        Assert.NotEqual(Apply(Spec with { Probability = 1 }, 5, new(7, 2, false, Split.Train)), Apply(Spec with { Probability = 1 }, 6, new(7, 2, false, Split.Train)));
        Assert.NotEqual(Apply(Spec with { Probability = 1 }, 5, new(7, 2, false, Split.Train)), Apply(Spec with { Probability = 1 }, 5, new(8, 2, false, Split.Train)));
    }

    [Fact]
    public void Four_training_clips_in_five_are_shifted_and_noised_together_and_the_rest_is_untouched()
    {
        int touched = 0;
        for (int clip = 0; clip < 4000; clip++)
        {
            float[] samples = Ramp();
            new Augmenter(Spec, 1, Noise, ClipBank.Empty, Rate).ApplyToWaveform(samples, new(clip, 0, false, Split.Train));
            bool same = samples.AsSpan().SequenceEqual(Ramp());
            touched += same ? 0 : 1;
        }

        Assert.InRange(touched, 3100, 3300);
    }

    [Fact]
    public void Shifts_reach_a_hundred_milliseconds_either_way_and_fill_with_zeros()
    {
        var spec = new AugmentSpec { Probability = 1, Steps = [new ShiftStep(100)] };
        List<int> shifts = [];
        for (int clip = 0; clip < 2000; clip++)
        {
            float[] samples = Enumerable.Repeat(1f, Rate).ToArray();
            new Augmenter(spec, 1, NoiseBank.Empty, ClipBank.Empty, Rate).ApplyToWaveform(samples, new(clip, 0, false, Split.Train));
            int before = samples.AsSpan().IndexOf(1f), after = Rate - 1 - samples.AsSpan().LastIndexOf(1f);
            Assert.True(before == 0 || after == 0);
            shifts.Add(before - after);
        }

        Assert.InRange(shifts.Max(), 1550, 1599);
        Assert.InRange(shifts.Min(), -1599, -1550);
        Assert.InRange(shifts.Average(), -80, 80);
    }

    [Fact]
    public void Silence_is_always_noised_at_up_to_full_gain_and_words_at_up_to_a_tenth()
    {
        var one = new NoiseBank([Enumerable.Repeat(1f, 40_000).ToArray()]);
        var spec = new AugmentSpec { Probability = 1, Steps = [new NoiseStep(0.1, 1)] };
        float[] Gains(bool silence, Split split) => [.. Enumerable.Range(0, 1000).Select(clip =>
        {
            float[] samples = new float[Rate];
            new Augmenter(spec, 1, one, ClipBank.Empty, Rate).ApplyToWaveform(samples, new(clip, 0, silence, split));
            return samples[123];
        })];
        Assert.InRange(Gains(true, Split.Train).Max(), 0.97, 1);
        Assert.InRange(Gains(true, Split.Train).Average(), 0.45, 0.55);
        Assert.InRange(Gains(false, Split.Train).Max(), 0.097, 0.1);
        Assert.InRange(Gains(true, Split.Validation).Average(), 0.45, 0.55);
        Assert.All(Gains(false, Split.Validation), static gain => Assert.Equal(0, gain));
        Assert.All(Gains(true, Split.Test), static gain => Assert.Equal(0, gain));
        Assert.All(Gains(false, Split.Train), static gain => Assert.True(gain > 0));
    }

    [Fact]
    public void The_sum_is_clamped()
    {
        var loud = new NoiseBank([Enumerable.Repeat(1f, 40_000).ToArray()]);
        float[] samples = [.. Enumerable.Repeat(0.95f, Rate)];
        new Augmenter(new() { Probability = 1, Steps = [new NoiseStep(10, 10)] }, 3, loud, ClipBank.Empty, Rate).ApplyToWaveform(samples, new(1, 0, false, Split.Train));
        Assert.All(samples, static sample => Assert.Equal(1f, sample));
    }

    [Fact]
    public void A_roll_turns_every_band_by_the_same_frames()
    {
        var spec = new AugmentSpec { Probability = 1, Steps = [new RollStep(10)] };
        HashSet<int> turns = [];
        for (int clip = 0; clip < 500; clip++)
        {
            float[] features = [.. Enumerable.Range(0, 40 * 98).Select(static i => (float)i)];
            new Augmenter(spec, 1, NoiseBank.Empty, ClipBank.Empty, Rate).ApplyToFeatures(new FeatureValues(features, 98), new(clip, 0, false, Split.Train));
            int by = Array.IndexOf(features, 0f);
            turns.Add(by > 49 ? by - 98 : by);
            Assert.All(Enumerable.Range(0, 40 * 98), i => Assert.Equal((i / 98 * 98) + ((i % 98) - by + 98) % 98, features[i]));
        }

        Assert.Equal(Enumerable.Range(-10, 21), turns.Order());
    }

    [Fact]
    public void Masks_blank_bands_and_frames_of_every_training_clip_narrower_than_asked_for_and_everywhere()
    {
        // The chain's probability is that of the other steps.
        Augmenter augmenter = new(new() { Probability = 0, Steps = [new MaskStep(1, 7, 1, 20)] }, 1, NoiseBank.Empty, ClipBank.Empty, Rate);
        HashSet<int> bandWidths = [];
        HashSet<int> frameWidths = [];
        bool[] bandSeen = new bool[40];
        for (int clip = 0; clip < 2_000; clip++)
        {
            float[] features = [.. Enumerable.Repeat(1f, 40 * 101)];
            augmenter.ApplyToFeatures(new FeatureValues(features, 101), new(clip, 0, false, Split.Train));
            int[] bands = [.. Enumerable.Range(0, 40).Where(b => features.AsSpan(b * 101, 101).IndexOfAnyExcept(0f) < 0)];
            int[] frames = [.. Enumerable.Range(0, 101).Where(f => Enumerable.Range(0, 40).All(b => features[(b * 101) + f] == 0))];
            Assert.Equal(features.Count(static v => v == 0), (bands.Length * 101) + (frames.Length * (40 - bands.Length)));
            Assert.True(bands.Length == 0 || bands[^1] - bands[0] == bands.Length - 1);
            Assert.True(frames.Length == 0 || frames[^1] - frames[0] == frames.Length - 1);
            bandWidths.Add(bands.Length);
            frameWidths.Add(frames.Length);
            Array.ForEach(bands, b => bandSeen[b] = true);
        }

        Assert.Equal(Enumerable.Range(0, 7), bandWidths.Order());
        Assert.Equal(Enumerable.Range(0, 20), frameWidths.Order());
        Assert.DoesNotContain(false, bandSeen);
        float[] test = [.. Enumerable.Repeat(1f, 40 * 101)];
        augmenter.ApplyToFeatures(new FeatureValues(test, 101), new(1, 0, true, Split.Test));
        Assert.DoesNotContain(0f, test);
    }

    [Fact]
    public void Vectorised_arithmetic_is_the_plain_one_bit_for_bit()
    {
        var random = new StableRandom(4);
        short[] pcm = [.. Enumerable.Range(0, 1003).Select(_ => (short)random.NextInt(65_536))];
        var samples = new float[1003];
        SampleMath.FromPcm16(pcm, samples);
        Assert.Equal(pcm.Select(static s => s / 32768f), samples);
        float[] other = [.. Enumerable.Range(0, 1003).Select(_ => (float)random.NextDouble(-1, 1))];
        float[] expected = [.. samples.Zip(other, static (a, b) => Math.Clamp(a + (0.7f * b), -1f, 1f))];
        SampleMath.AddScaledClamped(samples, other, 0.7f);
        Assert.Equal(expected, samples);
        ushort[] halves = [.. Enumerable.Range(0, 65_536).Where(static bits => (bits & 0x7C00) != 0x7C00).Select(static bits => (ushort)bits)];
        var floats = new float[halves.Length];
        SampleMath.FromHalf(halves, floats);
        Assert.Equal(halves.Select(static bits => (float)BitConverter.UInt16BitsToHalf(bits)), floats);
    }

    [Fact]
    public void A_sweep_may_vary_the_parts_that_a_step_has()
    {
        AugmentSpec changed = AugmentOverrides.Apply(AugmentOverrides.Apply(Spec, "shiftMs", 50), "noiseGain", 0.3);
        Assert.Equal([new ShiftStep(50), new NoiseStep(0.3, 1)], changed.Steps);
        Assert.Contains("rollFrames", Assert.Throws<BadInputException>(() => AugmentOverrides.Apply(Spec, "rollFrames", 3)).Message, StringComparison.Ordinal);
        Assert.Contains("shiftMs", Assert.Throws<BadInputException>(() => AugmentOverrides.Apply(Spec, "shift", 3)).Message, StringComparison.Ordinal);
        Assert.Contains("-1", Assert.Throws<BadInputException>(() => AugmentOverrides.Apply(Spec, "shiftMs", -1)).Message, StringComparison.Ordinal);
    }

    private static float[] Ramp() => [.. Enumerable.Range(0, Rate).Select(static i => i / (2f * Rate))];

    private static float[] Apply(AugmentSpec spec, ulong seed, AugmentSubject subject, float scale = 1)
    {
        float[] samples = [.. Ramp().Select(sample => sample * scale)];
        new Augmenter(spec, seed, Noise, ClipBank.Empty, Rate).ApplyToWaveform(samples, subject);
        return samples;
    }
}
