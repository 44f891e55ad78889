using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Reference;

namespace Pipeline.Models.Quantization;

/// <summary>
/// Rewrites a graph for inference: dropout goes, an average pooling becomes a convolution, each batch normalisation goes into the convolution before
/// it, every convolution has a bias, and a sub-spectral normalisation always follows a convolution that nothing else reads (an identity is put in
/// where there is none).
/// </summary>
internal sealed class NormFolding
{
    private readonly Graph.Graph _graph;
    private readonly Dictionary<string, float[]> _weights;
    private readonly Dictionary<string, string> _renamed = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Initializer> _initializers;

    private NormFolding(Graph.Graph graph, IReadOnlyDictionary<string, float[]> weights)
    {
        _graph = graph;
        _weights = graph.Initializers.ToDictionary(i => i.Name, i => weights[i.Name]);
        _initializers = graph.Initializers.ToDictionary(i => i.Name);
    }

    /// <summary>The rewritten graph and its weights; in exact arithmetic it computes what the graph computes.</summary>
    /// <exception cref="BadInputException">A normalisation stands where it cannot be folded.</exception>
    public static (Graph.Graph Graph, IReadOnlyDictionary<string, float[]> Weights) Fold(Graph.Graph graph, IReadOnlyDictionary<string, float[]> weights)
    {
        var folding = new NormFolding(graph, weights);
        foreach (Node node in graph.Nodes)
        {
            folding.Take(node with { Inputs = [.. node.Inputs.Select(i => folding._renamed.GetValueOrDefault(i, i))] });
        }

        var used = folding._nodes.SelectMany(n => n.Inputs).ToHashSet();
        return (new(graph.Name, graph.Input, graph.InputShape, folding._nodes, [.. folding._initializers.Values.Where(i => used.Contains(i.Name))]), folding._weights);
    }

    private void Take(Node node)
    {
        switch (node.Operator)
        {
            case Dropout:
                _renamed[node.Output] = node.Inputs[0];
                break;
            case AveragePool pool:
                _nodes.Add(Depthwise(node.Name, node.Inputs[0], pool.Kernel, 1f / (pool.Kernel.Height * pool.Kernel.Width), node.Shape));
                break;
            case Conv:
                _nodes.Add(node.Inputs.Count > 2 ? node : WithBias(node));
                break;
            case BatchNormalization norm:
                FoldInto(ConvBefore(node), node, norm.Epsilon);
                break;
            case SubSpectralNorm:
                Node conv = ConvBefore(node);
                _nodes.Add(node with { Inputs = [conv.Output, .. node.Inputs.Skip(1)] });
                break;
            default:
                _nodes.Add(node);
                break;
        }
    }

    private Node WithBias(Node conv)
    {
        string bias = $"{conv.Name}.folded.bias";
        _initializers[bias] = new(bias, new TensorShape(conv.Shape[1]), InitialValues.Zeros);
        _weights[bias] = new float[conv.Shape[1]];
        return conv with { Inputs = [conv.Inputs[0], conv.Inputs[1], bias] };
    }

    /// <summary>The convolution whose output the normalisation alone reads, or an identity put in.</summary>
    private Node ConvBefore(Node norm)
    {
        Node? before = _nodes.Find(n => n.Output == norm.Inputs[0]);
        string original = _graph.Nodes.First(n => n.Name == norm.Name).Inputs[0];
        if (before?.Operator is Conv && _graph.Nodes.Count(n => n.Inputs.Contains(original)) == 1)
        {
            return before;
        }

        if (norm.Shape.Rank != 4)
        {
            throw new BadInputException(
                $"Layer '{norm.Name}' normalises a vector, which int8 quantisation does not have. Expected a normalisation of [channels, height, width].");
        }

        Node identity = Depthwise($"{norm.Name}.identity", norm.Inputs[0], Size2.One, 1, norm.Shape);
        _nodes.Add(identity);
        return identity;
    }

    /// <summary>A convolution of each channel by itself with one fixed weight, whose windows do not overlap.</summary>
    private Node Depthwise(string name, string input, Size2 kernel, float value, TensorShape shape)
    {
        string weight = $"{name}.weight";
        var weightShape = new TensorShape(shape[1], 1, kernel.Height, kernel.Width);
        _initializers[weight] = new(weight, weightShape, InitialValues.Constant, IsStatistic: true) { Value = value };
        _weights[weight] = [.. Enumerable.Repeat(value, weightShape.Elements)];
        return WithBias(new Node(name, new Conv(shape[1], kernel, default, Size2.One), [input, weight], shape));
    }

    private void FoldInto(Node conv, Node norm, float epsilon)
    {
        (float[] scale, float[] shift) = NormAffine.Of(
            _weights[norm.Inputs[1]], _weights[norm.Inputs[2]], _weights[norm.Inputs[3]], _weights[norm.Inputs[4]], epsilon);
        float[] weights = _weights[conv.Inputs[1]];
        float[] bias = _weights[conv.Inputs[2]];
        int perChannel = weights.Length / scale.Length;
        string weight = $"{conv.Name}.folded.weight";
        _initializers[weight] = _initializers[conv.Inputs[1]] with { Name = weight, IsStatistic = false };
        _weights[weight] = [.. weights.Select((w, i) => w * scale[i / perChannel])];
        Node folded = WithBias(conv with { Inputs = [conv.Inputs[0], weight] });
        _weights[folded.Inputs[2]] = [.. bias.Select((b, c) => (b * scale[c]) + shift[c])];
        _nodes[_nodes.IndexOf(conv)] = folded;
        _renamed[norm.Output] = conv.Output;
    }
}
