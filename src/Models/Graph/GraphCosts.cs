namespace Pipeline.Models.Graph;

/// <summary>What one node costs for one input.</summary>
/// <param name="Name">The node.</param>
/// <param name="Operator">Its operator's name.</param>
/// <param name="OutputShape">Shape of what it makes.</param>
/// <param name="Parameters">Learnable numbers; those that layers share are the first one's.</param>
/// <param name="Macs">Multiply-accumulates; 0 for all but convolutions, fully connected and recurrent layers and matrix products.</param>
public sealed record LayerCost(string Name, string Operator, string OutputShape, int Parameters, long Macs);

/// <summary>Counts over a graph.</summary>
internal static class GraphCosts
{
    public static LayerCost Layer(Graph graph, Node node) => new(
        node.Name,
        node.Operator.Name,
        node.Shape.ToString(),
        Learned(graph, node),
        Macs(graph, node));

    private static int Learned(Graph graph, Node node) =>
        graph.InitializersOf(node).Where(i => !i.IsStatistic && IsFirstReader(graph, node, i)).Sum(i => i.Shape.Elements);

    private static bool IsFirstReader(Graph graph, Node node, Initializer initializer) =>
        ReferenceEquals(graph.Nodes.First(n => n.Inputs.Contains(initializer.Name)), node);

    public static long Macs(Graph graph, Node node)
    {
        return node.Operator switch
        {
            Conv or Gemm => (long)node.Shape.Elements * (Weight(graph, node, 1).Elements / Weight(graph, node, 1)[0]),
            Lstm or Gru or Rnn => (long)graph.ShapeOf(node.Inputs[0])[2] * (Weight(graph, node, 1).Elements + Weight(graph, node, 2).Elements),
            MatMul => (long)node.Shape.Elements * graph.ShapeOf(node.Inputs[0])[3],
            _ => 0,
        };
    }

    private static TensorShape Weight(Graph graph, Node node, int input) => graph.Initializer(node.Inputs[input]).Shape;

    public static int FoldedParameters(Graph graph)
    {
        int count = graph.Nodes.Sum(n => Learned(graph, n));
        foreach (Node norm in graph.Nodes.Where(n => n.Operator is BatchNormalization).DistinctBy(n => n.Inputs[1]))
        {
            Node? conv = graph.Nodes.SingleOrDefault(n => n.Output == norm.Inputs[0] && n.Operator is Conv);
            bool onlyUse = graph.Nodes.Count(n => n.Inputs.Contains(norm.Inputs[0])) == 1;
            if (conv is not null && onlyUse)
            {
                // Scale and shift go; a convolution that had no bias gets one.
                count -= Learned(graph, norm) - (conv.Inputs.Count == 3 ? 0 : norm.Shape[1]);
            }
        }

        return count;
    }

    public static int PeakActivationElements(Graph graph)
    {
        IReadOnlyDictionary<string, int> lastUses = graph.LastUses();
        int alive = graph.InputShape.Elements;
        int peak = alive;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            int size = node.Shape.Elements;
            var ending = graph.ValueInputs(node).Distinct().Where(v => lastUses[v] == i).Select(v => graph.ShapeOf(v).Elements).ToList();
            bool inPlace = node.Operator.IsElementwise && ending.Contains(size);
            peak = Math.Max(peak, inPlace ? alive : alive + size);
            alive += size - ending.Sum();
        }

        return peak;
    }
}
