using Pipeline.Contracts;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Tests;

/// <summary>Tensors that Python made (tests/Workers.Tests/Golden), and draws equal to its.</summary>
internal static class GoldenFile
{
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
        Assert.Equal(expected.Length, actual.Length);
        double scale = Math.Max(expected.Max(Math.Abs), floor);
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]) / scale;
            Assert.True(difference <= tolerance, $"{what}[{i}] is {actual[i]}, expected {expected[i]}: {difference:E1} relative");
        }
    }
}
