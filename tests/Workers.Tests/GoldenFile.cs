using Pipeline.Contracts;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Tests;

/// <summary>Tensors that Python made (tests/Workers.Tests/Golden), and draws equal to its.</summary>
internal static class GoldenFile
{
    private const int Samples = 512;

    public static Dictionary<string, float[]> Read(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        return Safetensors.Read(File.ReadAllBytes(path), path).Tensors.ToDictionary(t => t.Name, t => t.Values);
    }

    public static float[] Uniform(ulong seed, string purpose, int count, double bound)
    {
        StableRandom random = StableRandom.For(seed, purpose);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble(-bound, bound))];
    }

    /// <summary>Agreement relative to the greatest of the expected values, or to a floor for tensors that are zero but for rounding.</summary>
    public static void AssertClose(string what, float[] expected, ReadOnlySpan<float> actual, double tolerance, double floor = 1e-3)
    {
        if (expected.Length == Samples + 1 && actual.Length > expected.Length)
        {
            AssertSampleClose(what, expected, actual, tolerance, floor);
            return;
        }

        Assert.Equal(expected.Length, actual.Length);
        double scale = Math.Max(expected.Max(Math.Abs), floor);
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]) / scale;
            Assert.True(difference <= tolerance, $"{what}[{i}] is {actual[i]}, expected {expected[i]}: {difference:E1} relative");
        }
    }

    /// <summary>As the generator keeps large tensors: elements 7919 apart, counted around, and the root of the sum of all squares; small ones whole.</summary>
    public static float[] Sample(ReadOnlySpan<float> values)
    {
        if (values.Length <= Samples + 1)
        {
            return values.ToArray();
        }

        var sample = new float[Samples + 1];
        for (int i = 0; i < Samples; i++)
        {
            sample[i] = values[(int)(i * 7919L % values.Length)];
        }

        double squares = 0;
        foreach (float value in values)
        {
            squares += (double)value * value;
        }

        sample[Samples] = (float)Math.Sqrt(squares);
        return sample;
    }

    private static void AssertSampleClose(string what, float[] expected, ReadOnlySpan<float> actual, double tolerance, double floor)
    {
        float[] sample = Sample(actual);
        AssertClose(what, expected[..Samples], sample[..Samples], tolerance, floor);
        AssertClose($"norm of {what}", expected[Samples..], sample[Samples..], tolerance, floor);
    }
}
