using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;
using Pipeline.Models.Reference;
using Pipeline.Models.Weights;
using Pipeline.Testing;

namespace Pipeline.Models.Tests;

/// <summary>The float interpreter against PyTorch's logits, and folded graphs against the graphs they come from.</summary>
public sealed class FloatInterpreterTests
{
    private const ulong Seed = 7;
    private const int Batch = 5;

    public static TheoryData<string> Models => [.. GoldenCase.Names];

    public static TheoryData<string> ModelsForBoards => [.. GoldenCase.Names.Where(n =>
        n.StartsWith("kaggle", StringComparison.Ordinal) || n.StartsWith("res", StringComparison.Ordinal) || n.StartsWith("tc-", StringComparison.Ordinal)
        || n.StartsWith("matchbox", StringComparison.Ordinal) || (n.StartsWith("bc-", StringComparison.Ordinal) && n != "bc-resnet-attention"))];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_those_of_PyTorch(string model)
    {
        (Graph.Graph graph, Dictionary<string, float[]> weights, float[] expected) = Golden(model);
        var interpreter = new FloatInterpreter(graph, weights);
        float tolerance = 1e-4f * expected.Max(Math.Abs);
        float[] features = Uniform("features", Batch * graph.InputShape.Elements, 3);
        for (int i = 0; i < Batch; i++)
        {
            float[] logits = interpreter.Run(features.AsSpan(i * graph.InputShape.Elements, graph.InputShape.Elements)).ToArray();
            for (int c = 0; c < logits.Length; c++)
            {
                Assert.Equal(expected[(i * logits.Length) + c], logits[c], tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Folding_normalisations_keeps_the_logits(string model)
    {
        (Graph.Graph graph, Dictionary<string, float[]> weights, _) = Golden(model);
        (Graph.Graph folded, IReadOnlyDictionary<string, float[]> foldedWeights) = NormFolding.Fold(graph, weights);
        float[] features = Uniform("features", graph.InputShape.Elements, 3);
        float[] expected = new FloatInterpreter(graph, weights).Run(features).ToArray();
        float[] found = new FloatInterpreter(folded, foldedWeights).Run(features).ToArray();
        Assert.DoesNotContain(folded.Nodes, n => n.Operator is BatchNormalization or Dropout);
        if (SharesNothing(graph))
        {
            Assert.Equal(graph.FoldedParameterCount, folded.ParameterCount - ExtraBiases(graph) - IdentityParameters(graph));
        }

        for (int c = 0; c < expected.Length; c++)
        {
            Assert.Equal(expected[c], found[c], 1e-4f);
        }
    }

    /// <summary>Of 255 steps, the logits of an untrained model are off by a few after tens of layers.</summary>
    [Theory]
    [MemberData(nameof(ModelsForBoards))]
    public void Int8_logits_are_near_those_in_float(string model)
    {
        (Graph.Graph graph, Dictionary<string, float[]> weights, float[] expected) = Golden(model);
        float[] features = Uniform("features", Batch * graph.InputShape.Elements, 3);
        float[][] clips = [.. features.Chunk(graph.InputShape.Elements)];
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, clips, Calibration.MinMax);
        var interpreter = new IntegerInterpreter(quantized);
        double squares = 0;
        for (int i = 0; i < Batch; i++)
        {
            ReadOnlySpan<sbyte> logits = interpreter.Run([.. clips[i].Select(quantized.Input.Quantize)]);
            for (int c = 0; c < logits.Length; c++)
            {
                double error = logits[c] - quantized.Output.ZeroPoint - (expected[(i * logits.Length) + c] / quantized.Output.Scale);
                squares += error * error / expected.Length;
            }
        }

        Assert.InRange(Math.Sqrt(squares), 0, 8);
    }

    /// <summary>Whether each layer has weights of its own; what layers share is folded into each by itself.</summary>
    private static bool SharesNothing(Graph.Graph graph) => graph.Initializers.All(i => graph.Nodes.Count(n => n.Inputs.Contains(i.Name)) <= 1);

    /// <summary>A folded graph's convolutions all have a bias, also those without a normalisation of their own.</summary>
    private static int ExtraBiases(Graph.Graph graph) => graph.Nodes
        .Where(n => n is { Operator: Conv, Inputs.Count: 2 } or { Operator: AveragePool })
        .Where(n => !graph.Nodes.Any(m => m.Operator is BatchNormalization && m.Inputs[0] == n.Output))
        .Sum(n => n.Shape[1]);

    /// <summary>A normalisation that learns nothing becomes an identity's weights and biases where no convolution is before it.</summary>
    private static int IdentityParameters(Graph.Graph graph) => graph.Nodes
        .Where(n => n.Operator is BatchNormalization && graph.Initializer(n.Inputs[1]).IsStatistic).Sum(n => 2 * n.Shape[1]);

    /// <summary>The graph, the weights that the golden file's generator begins with, its statistics after one step, and its logits then.</summary>
    private static (Graph.Graph Graph, Dictionary<string, float[]> Weights, float[] Logits) Golden(string model)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "Golden", $"{model}.safetensors");
        var golden = Safetensors.Read(File.ReadAllBytes(file), file).Tensors.ToDictionary(t => t.Name, t => t.Values);
        Graph.Graph graph = GoldenCase.GraphOf(model);
        return (graph, graph.Initializers.ToDictionary(i => i.Name, i => i switch
        {
            { IsStatistic: true } => golden[i.Name],
            _ => InitialDraw.Of(i, Seed),
        }), golden["evaluated"]);
    }

    private static float[] Uniform(string purpose, int count, double bound)
    {
        var random = StableRandom.For(Seed, purpose);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * (2 * bound)) - bound))];
    }
}
