using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <summary>One call of an executor: one node, or several that are computed together.</summary>
/// <param name="Inputs">The values it takes.</param>
/// <param name="Outputs">The values it makes.</param>
internal abstract record ExecutionStep(IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);

/// <summary>A node by libtorch's own operators.</summary>
internal sealed record PlainStep(Node Node, IReadOnlyList<string> Values) : ExecutionStep(Values, [Node.Output]);

/// <summary>A convolution whose output channels each see one input channel.</summary>
internal sealed record DepthwiseStep(Node Node, Conv Conv) : ExecutionStep([Node.Inputs[0]], [Node.Output]);

/// <summary>A convolution by a 1 × 1 kernel.</summary>
internal sealed record PointwiseStep(Node Node) : ExecutionStep([Node.Inputs[0]], [Node.Output]);

/// <summary>A long short-term memory whose gates are computed in one pass, of units in multiples of <see cref="Units"/>.</summary>
internal sealed record LstmStep(Node Node, Lstm Lstm) : ExecutionStep([Node.Inputs[0]], [Node.Output])
{
    /// <summary>The floats of one vector.</summary>
    public const int Units = 8;
}

/// <summary>A normalisation with the max(x, 0) after it, or with a mean over height beside it.</summary>
internal sealed record NormalizeStep(Node Norm, int Groups, float Momentum, float Epsilon, Node? Relu, Node? Mean)
    : ExecutionStep([Norm.Inputs[0]], Mean is null ? [(Relu ?? Norm).Output] : [Norm.Output, Mean.Output]);

/// <summary>max(wide + narrow + shortcut, 0).</summary>
internal sealed record BroadcastStep(string Wide, string Narrow, string? Shortcut, Node Relu)
    : ExecutionStep(Shortcut is null ? [Wide, Narrow] : [Wide, Narrow, Shortcut], [Relu.Output]);

/// <summary>The steps in which a graph is run. Pure: which nodes are joined depends on the graph alone.</summary>
internal static class ExecutionPlan
{
    /// <summary>The fastest plan: the kernels made for small models where they can be used, else libtorch's operators.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="kernels">Whether the trial computes on the processor, in single precision.</param>
    public static IReadOnlyList<ExecutionStep> For(Graph graph, bool kernels) => kernels ? Fused(graph) : Plain(graph);

    /// <summary>One step for each node, in the graph's order: the reference.</summary>
    public static IReadOnlyList<ExecutionStep> Plain(Graph graph) => [.. graph.Nodes.Select(n => Plain(graph, n))];

    /// <summary>Steps that use the kernels made for small models wherever they fit.</summary>
    public static IReadOnlyList<ExecutionStep> Fused(Graph graph)
    {
        var uses = graph.Nodes.SelectMany(n => graph.ValueInputs(n).Select(v => (Value: v, Node: n))).ToLookup(u => u.Value, u => u.Node);
        var joined = new HashSet<Node>();
        var steps = new List<ExecutionStep>();

        // From the end, so that the last node of a joined group is met first and says which ones before it belong to it.
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!joined.Contains(node))
            {
                steps.Add(Join(graph, node, uses, joined));
            }
        }

        steps.Reverse();
        return steps;
    }

    private static ExecutionStep Join(Graph graph, Node node, ILookup<string, Node> uses, HashSet<Node> joined)
    {
        switch (node.Operator)
        {
            case Relu when Single(graph, node.Inputs[0], uses) is { Operator: BatchNormalization } norm:
                joined.Add(norm);
                return Normalize(norm, node, null);
            case Relu when Broadcast(graph, node, uses, joined) is { } broadcast:
                return broadcast;
            case ReduceMeanHeight when Producer(graph, node.Inputs[0]) is { Operator: SubSpectralNorm or BatchNormalization } norm && !joined.Contains(norm)
                && uses[norm.Output].First() == node:
                // The mean is made where the normalisation stands: nothing between the two takes either.
                joined.Add(norm);
                return Normalize(norm, null, node);
            case BatchNormalization or SubSpectralNorm:
                return Normalize(node, null, null);
            case Conv conv when IsDepthwise(graph, node, conv):
                return new DepthwiseStep(node, conv);
            case Conv conv when IsPointwise(graph, node, conv):
                return new PointwiseStep(node);
            case Lstm lstm when node.Shape[3] % LstmStep.Units == 0:
                return new LstmStep(node, lstm);
            default:
                return Plain(graph, node);
        }
    }

    private static BroadcastStep? Broadcast(Graph graph, Node relu, ILookup<string, Node> uses, HashSet<Node> joined)
    {
        if (Single(graph, relu.Inputs[0], uses) is not { Operator: Add } outer)
        {
            return null;
        }

        if (IsBroadcast(graph, outer))
        {
            joined.Add(outer);
            return new(outer.Inputs[0], outer.Inputs[1], null, relu);
        }

        if (Single(graph, outer.Inputs[0], uses) is { Operator: Add } inner && IsBroadcast(graph, inner) && graph.ShapeOf(outer.Inputs[1]).Equals(inner.Shape))
        {
            joined.Add(outer);
            joined.Add(inner);
            return new(inner.Inputs[0], inner.Inputs[1], outer.Inputs[1], relu);
        }

        return null;
    }

    private static bool IsBroadcast(Graph graph, Node add)
    {
        TensorShape wide = graph.ShapeOf(add.Inputs[0]);
        TensorShape narrow = graph.ShapeOf(add.Inputs[1]);
        return wide.Rank == 4 && narrow.Equals(new TensorShape(wide[0], wide[1], 1, wide[3]));
    }

    private static bool IsDepthwise(Graph graph, Node node, Conv conv) =>
        graph.ShapeOf(node.Inputs[0])[1] == conv.Group && conv.Strides.Width == 1 && conv.Pads.IsSymmetric && PadsWithinKernel(graph, node, conv);

    private static bool PadsWithinKernel(Graph graph, Node node, Conv conv)
    {
        TensorShape weight = graph.Initializer(node.Inputs[1]).Shape;
        return conv.Pads.Top <= conv.Dilations.Height * (weight[2] - 1) && conv.Pads.Left <= conv.Dilations.Width * (weight[3] - 1);
    }

    private static bool IsPointwise(Graph graph, Node node, Conv conv)
    {
        TensorShape weight = graph.Initializer(node.Inputs[1]).Shape;
        return conv.Group == 1 && weight[2] == 1 && weight[3] == 1 && conv.Strides == Size2.One && conv.Pads == default;
    }

    private static NormalizeStep Normalize(Node norm, Node? relu, Node? mean) => norm.Operator switch
    {
        SubSpectralNorm n => new(norm, n.Groups, n.Momentum, n.Epsilon, relu, mean),
        BatchNormalization n => new(norm, 1, n.Momentum, n.Epsilon, relu, mean),
        _ => throw new ArgumentException($"{norm.Name} is not a normalisation.", nameof(norm)),
    };

    private static PlainStep Plain(Graph graph, Node node) => new(node, [.. graph.ValueInputs(node)]);

    private static Node? Producer(Graph graph, string value) => graph.Nodes.FirstOrDefault(n => n.Output == value);

    /// <summary>The node that makes a value which nothing else takes.</summary>
    private static Node? Single(Graph graph, string value, ILookup<string, Node> uses) => uses[value].Count() == 1 ? Producer(graph, value) : null;
}
