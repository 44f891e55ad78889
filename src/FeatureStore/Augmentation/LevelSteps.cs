using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>The steps that change a waveform's samples where they stand. Each is a pure function of its arguments.</summary>
internal static class LevelSteps
{
    /// <summary>Applies a gain, Gaussian or polarity step, with the probability that it has.</summary>
    public static void Apply(AugmentStep step, Span<float> samples, StableRandom random)
    {
        double draw = random.NextDouble();
        switch (step)
        {
            case GainStep gain when draw < gain.P:
                Scale(samples, Amplitude(random.NextDouble(gain.MinDb, gain.MaxDb)));
                break;
            case GaussianStep noise when draw < noise.P:
                AddNoise(samples, Rms(samples) / Amplitude(random.NextDouble(noise.MinSnrDb, noise.MaxSnrDb)), random);
                break;
            case PolarityStep polarity when draw < polarity.P:
                Scale(samples, -1);
                break;
            default:
                break;
        }
    }

    private static double Amplitude(double decibels) => Math.Pow(10, decibels / 20);

    private static void Scale(Span<float> samples, double by)
    {
        foreach (ref float sample in samples)
        {
            sample = (float)Math.Clamp(sample * by, -1, 1);
        }
    }

    private static void AddNoise(Span<float> samples, double deviation, StableRandom random)
    {
        foreach (ref float sample in samples)
        {
            sample = (float)Math.Clamp(sample + (deviation * random.NextGaussian()), -1, 1);
        }
    }

    private static double Rms(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += (double)sample * sample;
        }

        return Math.Sqrt(sum / samples.Length);
    }
}
