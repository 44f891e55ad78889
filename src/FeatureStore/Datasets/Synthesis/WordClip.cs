using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Synthesis;

/// <summary>Turns a spoken word into a second of sound: trimmed, resampled, placed, levelled, with noise under it.</summary>
internal static class WordClip
{
    public const int Samples = Resampler.OutputRate;
    private const float Silent = 0.01f;

    public static float[] Make(ReadOnlySpan<float> spoken, IReadOnlyList<float[]> noises, StableRandom random)
    {
        float[] word = Resampler.Resample(Trim(spoken));
        int length = Math.Min(word.Length, Samples);
        var clip = new float[Samples];
        word.AsSpan((word.Length - length) / 2, length).CopyTo(clip.AsSpan(random.NextInt(Samples - length + 1)));
        float[] noise = noises[random.NextInt(noises.Count)];
        ReadOnlySpan<float> crop = noise.AsSpan(random.NextInt(noise.Length - Samples + 1), Samples);
        double decibels = random.NextDouble(10, 40);
        double gain = Math.Sqrt(Power(clip) * Samples / length / Power(crop)) * Math.Pow(10, -decibels / 20);
        for (int i = 0; i < Samples; i++)
        {
            clip[i] += (float)gain * crop[i];
        }

        float peak = clip.Max(Math.Abs);
        float level = (float)random.NextDouble(0.15, 0.9) / peak;
        return [.. clip.Select(sample => sample * level)];
    }

    private static ReadOnlySpan<float> Trim(ReadOnlySpan<float> spoken)
    {
        int start = spoken.IndexOfAnyExceptInRange(-Silent, Silent);
        int end = spoken.LastIndexOfAnyExceptInRange(-Silent, Silent);
        return start < 0 ? throw new PipelineException("espeak-ng made silence. Expected a spoken word; check its installation.") : spoken[start..(end + 1)];
    }

    private static double Power(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += (double)sample * sample;
        }

        return sum / samples.Length;
    }
}
