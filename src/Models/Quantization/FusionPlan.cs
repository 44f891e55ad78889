using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Quantization;

/// <summary>Nodes of a folded graph that become one integer operator.</summary>
/// <param name="Head">The node that gives the operator its kind.</param>
/// <param name="Inputs">The values taken.</param>
/// <param name="Norm">The sub-spectral normalisation that follows a convolution.</param>
/// <param name="Rectified">Whether a rectifier ends it.</param>
/// <param name="Last">The node whose value the operator makes.</param>
internal sealed record FusedStep(Node Head, IReadOnlyList<string> Inputs, Node? Norm, bool Rectified, Node Last)
{
    /// <summary>Whether the operator hands on values as they are, so that scale and zero point stay.</summary>
    public bool KeepsScale => Head.Operator is TransposeHeightWidth or Transpose or MaxPool;
}

/// <summary>Which nodes of a folded graph go together: normalisations and rectifiers with what feeds them, sums of sums with each other.</summary>
internal sealed class FusionPlan
{
    private const int MaxTerms = 3;

    private readonly Graph.Graph _graph;
    private readonly HashSet<Node> _taken = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _terms = [];
    private readonly Dictionary<string, string> _aliases = [];

    private FusionPlan(Graph.Graph graph) => _graph = graph;

    /// <summary>The steps in order.</summary>
    /// <exception cref="BadInputException">A node has no integer operator.</exception>
    public static IReadOnlyList<FusedStep> Of(Graph.Graph folded)
    {
        var plan = new FusionPlan(folded);
        return [.. folded.Nodes.Select(plan.Step).OfType<FusedStep>()];
    }

    private FusedStep? Step(Node node)
    {
        if (!_taken.Add(node))
        {
            return null;
        }

        switch (node.Operator)
        {
            case Conv or Gemm:
                Node? norm = Absorb<SubSpectralNorm>(node);
                return Rectify(node, [Value(node.Inputs[0])], norm);
            case Add:
                List<string> terms = [.. node.Inputs.SelectMany(i => _terms.GetValueOrDefault(i, [Value(i)]))];
                if (IsAddedAgain(node, terms.Count))
                {
                    _terms[node.Output] = terms;
                    return null;
                }

                return Rectify(node, terms, norm: null);
            case Flatten:
                _aliases[node.Output] = Value(node.Inputs[0]);
                return null;
            case Transpose when !IsBandsToChannels(node):
                throw new BadInputException(
                    $"Layer '{node.Name}' reorders axes in a way that int8 quantisation does not have. Choose a model without it for boards.");
            case Relu or Silu or ReduceMeanHeight or GlobalAveragePool or TransposeHeightWidth or Transpose or MaxPool:
                return new FusedStep(node, [Value(node.Inputs[0])], Norm: null, Rectified: false, node);
            default:
                throw new BadInputException(
                    $"Layer '{node.Name}' is a {node.Operator.Name}, which int8 quantisation does not have. Choose a model without it for boards.");
        }
    }

    private FusedStep Rectify(Node node, IReadOnlyList<string> inputs, Node? norm)
    {
        Node last = norm ?? node;
        Node? relu = Absorb<Relu>(last);
        return new FusedStep(node, inputs, norm, relu is not null, relu ?? last);
    }

    /// <summary>One channel's bands become channels: in memory, [bands, frames] becomes [frames, bands], as by an exchange of height and width.</summary>
    private bool IsBandsToChannels(Node node) =>
        node.Operator is Transpose { Channels: 2, Height: 1, Width: 3 } && _graph.ShapeOf(node.Inputs[0])[1] == 1;

    private string Value(string name) => _aliases.GetValueOrDefault(name, name);

    /// <summary>Whether a node's only reader is another sum, which then takes its terms.</summary>
    private bool IsAddedAgain(Node node, int terms) => OnlyReader(node) is { Operator: Add } next
        && terms < MaxTerms && !next.Inputs.Any(_terms.ContainsKey);

    private Node? Absorb<T>(Node node)
        where T : Operator
    {
        Node? next = OnlyReader(node);
        return next?.Operator is T && _taken.Add(next) ? next : null;
    }

    private Node? OnlyReader(Node node)
    {
        Node[] readers = [.. _graph.Nodes.Where(n => n.Inputs.Contains(node.Output))];
        return readers.Length == 1 ? readers[0] : null;
    }
}
