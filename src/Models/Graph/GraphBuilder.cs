namespace Pipeline.Models.Graph;

/// <summary>
/// Puts a graph together, node after node. Each method adds one node with its initialisers and returns the name of the value it makes; shapes
/// are inferred at once, so that what does not fit fails where it is written.
/// </summary>
public sealed class GraphBuilder
{
    private const string InputName = "features";

    private readonly string _name;
    private readonly TensorShape _inputShape;
    private readonly List<Node> _nodes = [];
    private readonly List<Initializer> _initializers = [];
    private readonly Dictionary<string, TensorShape> _shapes = [];

    /// <summary>Begins a graph over [1, 1, bands, frames].</summary>
    public GraphBuilder(string name, int bands, int frames)
    {
        _name = name;
        _inputShape = new TensorShape(1, 1, bands, frames);
        _shapes.Add(InputName, _inputShape);
    }

    /// <summary>The input's name.</summary>
    public string Input => InputName;

    /// <summary>The shape of a value.</summary>
    public TensorShape ShapeOf(string value) => _shapes[value];

    /// <summary>Adds a convolution.</summary>
    public string Conv(
        string name, string x, int channels, Size2 kernel, Size2? strides = null, Pads pads = default, Size2? dilations = null, int group = 1, bool bias = false)
    {
        int perGroup = _shapes[x][1] / group;
        int fanIn = perGroup * kernel.Height * kernel.Width;
        List<string> inputs =
        [
            x,
            Own($"{name}.weight", new TensorShape(channels, perGroup, kernel.Height, kernel.Width), InitialValues.UniformFanIn, fanIn),
        ];
        if (bias)
        {
            inputs.Add(Own($"{name}.bias", new TensorShape(channels), InitialValues.UniformFanIn, fanIn));
        }

        return Node(name, new Conv(group, strides ?? Size2.One, pads, dilations ?? Size2.One), inputs);
    }

    /// <summary>Adds a convolution of each channel by itself.</summary>
    public string DepthwiseConv(string name, string x, Size2 kernel, Size2? strides = null, Pads pads = default, Size2? dilations = null, bool bias = false) =>
        Conv(name, x, _shapes[x][1], kernel, strides, pads, dilations, _shapes[x][1], bias);

    /// <summary>Adds a batch normalisation.</summary>
    public string BatchNormalization(string name, string x) => Node(name, new BatchNormalization(), [x, .. NormInitializers(name, _shapes[x][1])]);

    /// <summary>Adds a sub-spectral normalisation.</summary>
    public string SubSpectralNorm(string name, string x, int groups) =>
        Node(name, new SubSpectralNorm(groups), [x, .. NormInitializers(name, _shapes[x][1] * groups)]);

    /// <summary>Adds max(x, 0).</summary>
    public string Relu(string name, string x) => Node(name, new Relu(), [x]);

    /// <summary>Adds x · sigmoid(x).</summary>
    public string Silu(string name, string x) => Node(name, new Silu(), [x]);

    /// <summary>Adds a sum.</summary>
    public string Add(string name, string a, string b) => Node(name, new Add(), [a, b]);

    /// <summary>Adds dropout, or nothing where the probability is 0.</summary>
    public string Dropout(string name, string x, float probability, bool channelwise) =>
        probability == 0 ? x : Node(name, new Dropout(probability, channelwise), [x]);

    /// <summary>Adds a mean over the height.</summary>
    public string ReduceMeanHeight(string name, string x) => Node(name, new ReduceMeanHeight(), [x]);

    /// <summary>Adds a mean over height and width.</summary>
    public string GlobalAveragePool(string name, string x) => Node(name, new GlobalAveragePool(), [x]);

    /// <summary>Adds a flattening of all axes but the batch's.</summary>
    public string Flatten(string name, string x) => Node(name, new Flatten(), [x]);

    /// <summary>Adds an exchange of height and width.</summary>
    public string TransposeHeightWidth(string name, string x) => Node(name, new TransposeHeightWidth(), [x]);

    /// <summary>Adds a fully connected layer.</summary>
    public string Gemm(string name, string x, int outputs)
    {
        int fanIn = _shapes[x][1];
        string weight = Own($"{name}.weight", new TensorShape(outputs, fanIn), InitialValues.UniformFanIn, fanIn);
        return Node(name, new Gemm(), [x, weight, Own($"{name}.bias", new TensorShape(outputs), InitialValues.UniformFanIn, fanIn)]);
    }

    /// <summary>The graph, whose output is what the last node makes.</summary>
    public Graph Build() => new(_name, InputName, _inputShape, [.. _nodes], [.. _initializers]);

    private string[] NormInitializers(string name, int size)
    {
        var shape = new TensorShape(size);
        return
        [
            Own($"{name}.weight", shape, InitialValues.Ones),
            Own($"{name}.bias", shape, InitialValues.Zeros),
            Own($"{name}.running_mean", shape, InitialValues.Zeros, isStatistic: true),
            Own($"{name}.running_var", shape, InitialValues.Ones, isStatistic: true),
        ];
    }

    private string Own(string name, TensorShape shape, InitialValues values, int fanIn = 1, bool isStatistic = false)
    {
        _initializers.Add(new Initializer(name, shape, values, fanIn, isStatistic));
        return name;
    }

    private string Node(string name, Operator op, IReadOnlyList<string> inputs)
    {
        TensorShape[] shapes = [.. inputs.Select(i => _shapes.TryGetValue(i, out TensorShape? value) ? value : _initializers.Find(o => o.Name == i)!.Shape)];
        var node = new Node(name, op, inputs, ShapeInference.Infer(name, op, shapes));
        _shapes.Add(node.Output, node.Shape);
        _nodes.Add(node);
        return node.Output;
    }
}
