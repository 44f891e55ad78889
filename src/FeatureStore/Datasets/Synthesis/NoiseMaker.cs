using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Synthesis;

/// <summary>Makes background recordings: pure functions of their name and the seed, peaks at 0.5.</summary>
internal static class NoiseMaker
{
    private const int Rate = Resampler.OutputRate;
    private const int Seconds = 20;

    public static IReadOnlyList<string> Names { get; } = ["brown_noise", "fan", "mains_hum", "pink_noise", "rain", "white_noise"];

    public static float[] Make(string name, ulong seed)
    {
        StableRandom random = StableRandom.For(seed, "noise:" + name);
        var samples = new double[Rate * Seconds];
        Func<int, double> next = name switch
        {
            "white_noise" => _ => random.NextGaussian(),
            "pink_noise" => Pink(random),
            "brown_noise" => LowPass(random, 0.005),
            "fan" => Fan(random),
            "rain" => Rain(random),
            "mains_hum" => Hum(random),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = next(i);
        }

        double peak = samples.Max(Math.Abs);
        return [.. samples.Select(sample => (float)(0.5 * sample / peak))];
    }

    // Octave-spaced random steps add to a spectrum of 1/f (Voss, in Gardner 1978).
    private static Func<int, double> Pink(StableRandom random)
    {
        var octaves = new double[14];
        return i =>
        {
            int octave = i == 0 ? 0 : Math.Min(int.TrailingZeroCount(i), octaves.Length - 1);
            octaves[octave] = random.NextDouble(-1, 1);
            return octaves.Sum() + random.NextDouble(-1, 1);
        };
    }

    private static Func<int, double> LowPass(StableRandom random, double share)
    {
        double state = 0;
        return _ => state += share * (random.NextGaussian() - state);
    }

    private static Func<int, double> Fan(StableRandom random)
    {
        Func<int, double> air = LowPass(random, 0.1);
        return i => air(i) * (1 + (0.3 * Math.Sin(2 * Math.PI * 11.3 * i / Rate)));
    }

    private static Func<int, double> Rain(StableRandom random)
    {
        double drop = 0;
        return _ =>
        {
            drop = random.NextDouble() < 0.01 ? random.NextDouble(0.5, 4) : drop * 0.97;
            return random.NextGaussian() * (0.3 + drop);
        };
    }

    private static Func<int, double> Hum(StableRandom random) => i =>
        Enumerable.Range(1, 12).Sum(k => Math.Sin(2 * Math.PI * 50 * k * i / Rate) / k) + (0.02 * random.NextGaussian());
}
