using Pipeline.Contracts;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Tests;

public sealed class LevelStepTests
{
    private static readonly float[] Clip = [.. Enumerable.Range(0, 16_000).Select(static n => (float)(0.1 * Math.Sin(n * 0.05)))];

    [Fact]
    public void A_gain_scales_every_sample_alike_within_its_bounds_and_clamps()
    {
        double[] gains = [.. Enumerable.Range(0, 300).Select(copy => 20 * Math.Log10(Augment(new GainStep(-12, 6, 1), copy)[31] / Clip[31]))];
        Assert.All(gains, static g => Assert.InRange(g, -12.001, 6.001));
        Assert.True(gains.Min() < -11 && gains.Max() > 5 && Math.Abs(gains.Average() + 3) < 1, $"{gains.Min()} {gains.Average()} {gains.Max()}");
        float[] louder = Augment(new GainStep(6, 6, 1), 0);
        Assert.All(louder.Zip(Clip), static pair => Assert.Equal(pair.Second * 1.9952623, pair.First, 1e-6));
        Assert.Equal(1f, Augment(new GainStep(60, 60, 1), 0).Max());
    }

    [Fact]
    public void Gaussian_noise_stands_at_its_ratio_and_leaves_zeros_alone()
    {
        foreach (double snr in (double[])[0, 10, 30])
        {
            float[] noise = [.. Augment(new GaussianStep(snr, snr, 1), 3).Zip(Clip, static (a, b) => a - b)];
            double found = 10 * Math.Log10(Clip.Sum(static s => (double)s * s) / noise.Sum(static s => (double)s * s));
            Assert.Equal(snr, found, 0.2);
            double kurtosis = noise.Average(static s => Math.Pow(s, 4)) / Math.Pow(noise.Average(static s => Math.Pow(s, 2)), 2);
            Assert.Equal(3, kurtosis, 0.25);
        }

        Assert.All(Augment(new GaussianStep(0, 0, 1), 0, new float[100]), static s => Assert.Equal(0f, s));
    }

    [Fact]
    public void Each_step_is_applied_as_often_as_its_p_says_the_same_for_the_same_copy_and_only_while_training()
    {
        AugmentStep[] steps = [new GainStep(3, 6, 0.3), new GaussianStep(10, 20, 0.3), new PolarityStep(0.3)];
        foreach (AugmentStep step in steps)
        {
            int applied = Enumerable.Range(0, 1000).Count(copy => !Augment(step, copy, Clip[..200]).AsSpan().SequenceEqual(Clip.AsSpan(0, 200)));
            Assert.InRange(applied, 250, 350);
            Assert.Equal(Augment(step, 7), Augment(step, 7));
            Assert.Equal(Clip, Augment(step, 7, Clip, Split.Test));
            Assert.Equal(Clip, Augment(step, 7, Clip, Split.Validation));
        }

        Assert.Equal(Clip.Select(static s => -s), Augment(new PolarityStep(1), 0));
    }

    [Fact]
    public void Values_out_of_range_are_refused_and_waveform_steps_need_audio()
    {
        foreach (AugmentStep step in (AugmentStep[])[new GainStep(3, 2, 1), new GainStep(-61, 2, 1), new GaussianStep(0, 101, 1), new PolarityStep(1.1), new GainStep(0, 1, -1)])
        {
            Assert.Throws<BadInputException>(() => AugmentChecks.Check(new() { Steps = [step] }));
        }

        Assert.True(Augmenter.HasWaveformSteps(new() { Steps = [new PolarityStep(1)] }));
        Assert.False(Augmenter.HasWaveformSteps(new() { Steps = [new RollStep(1)] }));
    }

    private static float[] Augment(AugmentStep step, int copy, float[]? clip = null, Split split = Split.Train)
    {
        float[] samples = [.. clip ?? Clip];
        new Augmenter(new() { Probability = 1, Steps = [step] }, seed: 5, NoiseBank.Empty, ClipBank.Empty, 16_000).ApplyToWaveform(samples, new(Augmenter.KeyOf("a"), copy, IsSilence: false, split));
        return samples;
    }
}
