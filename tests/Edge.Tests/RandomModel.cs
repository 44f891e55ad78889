using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;
using Pipeline.Models.Zoo;

namespace Pipeline.Edge.Tests;

/// <summary>Models with random weights and normalisations that differ from one, as a trained model's do.</summary>
internal static class RandomModel
{
    public static readonly string[] Classes = ["_silence_", "_unknown_", "down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"];

    private static readonly Dictionary<string, ParameterValue> Parameters = new() { ["classes"] = Classes.Length };

    public static Graph Zoo(string model, int frames) => ModelZoo.Build(model, Parameters, 40, frames);

    public static Graph Zoo(string model, int frames, double tau) =>
        ModelZoo.Build(model, new Dictionary<string, ParameterValue>(Parameters) { ["tau"] = tau }, 40, frames);

    public static Dictionary<string, float[]> Weights(Graph graph, ulong seed)
    {
        var random = StableRandom.For(seed, "weights");
        return graph.Initializers.ToDictionary(i => i.Name, i => Values(i, random));
    }

    /// <summary>A random graph quantised on random features.</summary>
    public static QuantizedGraph Quantize(Graph graph, ulong seed, int clips = 4) => Quantizer.Quantize(
        graph, Weights(graph, seed), [.. Enumerable.Range(0, clips).Select(i => Features(graph, seed, i))], Calibration.MinMax);

    public static float[] Features(Graph graph, ulong seed, int clip)
    {
        var random = StableRandom.For(seed, "features", clip);
        return [.. Enumerable.Range(0, graph.InputShape.Elements).Select(_ => (float)random.NextDouble(-13.8, 6))];
    }

    private static float[] Values(Initializer initializer, StableRandom random)
    {
        (double low, double high) = initializer.Name switch
        {
            var n when n.EndsWith("running_var", StringComparison.Ordinal) => (0.5, 2),
            _ when initializer.Values == InitialValues.Ones => (-0.5, 1.5),
            _ when initializer.Values == InitialValues.UniformFanIn => (-Math.Sqrt(3.0 / initializer.FanIn), Math.Sqrt(3.0 / initializer.FanIn)),
            _ => (-0.5, 0.5),
        };
        return [.. Enumerable.Range(0, initializer.Shape.Elements).Select(_ => (float)random.NextDouble(low, high))];
    }
}
