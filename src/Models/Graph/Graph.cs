namespace Pipeline.Models.Graph;

/// <summary>
/// A model: named operators in an order in which every input is made before it is used. Immutable; the one representation that training,
/// quantisation, export and code generation read. One input, one output (the classes' logits, without softmax).
/// </summary>
public sealed class Graph
{
    private readonly Dictionary<string, Initializer> _initializers;
    private readonly Dictionary<string, TensorShape> _shapes;

    internal Graph(string name, string input, TensorShape inputShape, IReadOnlyList<Node> nodes, IReadOnlyList<Initializer> initializers)
    {
        Name = name;
        Input = input;
        InputShape = inputShape;
        Nodes = nodes;
        Initializers = initializers;
        _initializers = initializers.ToDictionary(i => i.Name);
        _shapes = nodes.ToDictionary(n => n.Output, n => n.Shape);
        _shapes.Add(input, inputShape);
    }

    /// <summary>The model's name in the zoo.</summary>
    public string Name { get; }

    /// <summary>The name of the input value.</summary>
    public string Input { get; }

    /// <summary>Shape of the input for a batch of one: [1, 1, bands, frames].</summary>
    public TensorShape InputShape { get; }

    /// <summary>The name of the output value: what the last node makes.</summary>
    public string Output => Nodes[^1].Output;

    /// <summary>Shape of the output for a batch of one: [1, classes].</summary>
    public TensorShape OutputShape => Nodes[^1].Shape;

    /// <summary>The nodes, each after those whose values it takes.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The model's own tensors, in the order in which the nodes use them.</summary>
    public IReadOnlyList<Initializer> Initializers { get; }

    /// <summary>Learnable numbers.</summary>
    public int ParameterCount => Initializers.Where(i => !i.IsStatistic).Sum(i => i.Shape.Elements);

    /// <summary>Numbers that are not learned: running statistics of normalisations, and what is fixed.</summary>
    public int StatisticCount => Initializers.Where(i => i.IsStatistic).Sum(i => i.Shape.Elements);

    /// <summary>Numbers left when each batch normalisation that follows a convolution is folded into its weights and bias.</summary>
    public int FoldedParameterCount => GraphCosts.FoldedParameters(this);

    /// <summary>Multiply-accumulates of convolutions, fully connected and recurrent layers and matrix products for one input.</summary>
    public long Macs => Nodes.Sum(n => GraphCosts.Macs(this, n));

    /// <summary>
    /// Most bytes of activations alive at one time for one input in int8: one byte an element, values kept until their last use, elementwise
    /// nodes in place.
    /// </summary>
    public int PeakActivationBytes => GraphCosts.PeakActivationElements(this);

    /// <summary>What each node costs.</summary>
    public IReadOnlyList<LayerCost> Layers => [.. Nodes.Select(n => GraphCosts.Layer(this, n))];

    /// <summary>The initialiser of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Initializer Initializer(string name) => _initializers[name];

    /// <summary>The shape of a value (the input, or what a node makes) for a batch of one.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public TensorShape ShapeOf(string value) => _shapes[value];

    /// <summary>The names of the values that a node takes, without its initialisers.</summary>
    public IEnumerable<string> ValueInputs(Node node) => node.Inputs.Where(_shapes.ContainsKey);

    /// <summary>The initialisers that a node takes, in the operator's order.</summary>
    public IEnumerable<Initializer> InitializersOf(Node node) => node.Inputs.Where(_initializers.ContainsKey).Select(i => _initializers[i]);

    /// <summary>For each value, the index of the last node that takes it; the output's is the number of nodes.</summary>
    public IReadOnlyDictionary<string, int> LastUses()
    {
        var last = new Dictionary<string, int>();
        for (int i = 0; i < Nodes.Count; i++)
        {
            foreach (string value in ValueInputs(Nodes[i]))
            {
                last[value] = i;
            }
        }

        last[Output] = Nodes.Count;
        return last;
    }
}
