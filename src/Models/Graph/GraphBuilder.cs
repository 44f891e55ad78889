namespace Pipeline.Models.Graph;

/// <summary>
/// Puts a graph together, node after node. Each method adds one node with its initialisers and returns the name of the value it makes; shapes
/// are inferred at once, so that what does not fit fails where it is written.
/// </summary>
public sealed partial class GraphBuilder
{
    private const string InputName = "features";

    private readonly string _name;
    private readonly TensorShape _inputShape;
    private readonly InitialScheme _scheme;
    private readonly List<Node> _nodes = [];
    private readonly List<Initializer> _initializers = [];
    private readonly Dictionary<string, TensorShape> _shapes = [];

    /// <summary>Begins a graph over [1, 1, bands, frames].</summary>
    public GraphBuilder(string name, int bands, int frames, InitialScheme scheme = InitialScheme.PyTorch)
    {
        _name = name;
        _scheme = scheme;
        _inputShape = new TensorShape(1, 1, bands, frames);
        _shapes.Add(InputName, _inputShape);
    }

    /// <summary>The input's name.</summary>
    public string Input => InputName;

    /// <summary>The shape of a value.</summary>
    public TensorShape ShapeOf(string value) => _shapes[value];

    /// <summary>The zeros that TensorFlow's SAME puts around a value for a kernel.</summary>
    public Pads SamePads(string x, Size2 kernel, Size2 strides) => Pads.Same(new(_shapes[x][2], _shapes[x][3]), kernel, strides);

    /// <summary>Adds a convolution; with <paramref name="weights"/>, one that shares the weights of the layer named.</summary>
    public string Conv(
        string name,
        string x,
        int channels,
        Size2 kernel,
        Size2? strides = null,
        Pads pads = default,
        Size2? dilations = null,
        int group = 1,
        bool bias = false,
        string? weights = null)
    {
        int perGroup = _shapes[x][1] / group;
        int taps = kernel.Height * kernel.Width;
        int fanIn = perGroup * taps;
        List<string> inputs =
        [
            x,
            Weight(weights ?? name, new TensorShape(channels, perGroup, kernel.Height, kernel.Width), fanIn, channels / group * taps),
        ];
        if (bias)
        {
            inputs.Add(Bias(weights ?? name, channels, fanIn));
        }

        return Node(name, new Conv(group, strides ?? Size2.One, pads, dilations ?? Size2.One), inputs);
    }

    /// <summary>Adds a convolution of each channel by itself.</summary>
    public string DepthwiseConv(string name, string x, Size2 kernel, Size2? strides = null, Pads pads = default, Size2? dilations = null, bool bias = false) =>
        Conv(name, x, _shapes[x][1], kernel, strides, pads, dilations, _shapes[x][1], bias);

    /// <summary>
    /// Gives the graph the weights of a convolution that is defined but that nothing reads: they count, are drawn and saved, and are never learned.
    /// </summary>
    public void UnreadConv(string name, int inputs, int channels, Size2 kernel)
    {
        int taps = kernel.Height * kernel.Width;
        Weight(name, new TensorShape(channels, inputs, kernel.Height, kernel.Width), inputs * taps, channels * taps);
        Bias(name, channels, inputs * taps);
    }

    /// <summary>
    /// Adds a batch normalisation, with or without a learned scale and shift, PyTorch's where no settings are given; with
    /// <paramref name="weights"/>, one that shares all of the layer named.
    /// </summary>
    public string BatchNormalization(string name, string x, bool affine = true, BatchNormalization? settings = null, string? weights = null) =>
        Node(name, settings ?? new BatchNormalization(), [x, .. NormInitializers(weights ?? name, _shapes[x][1], affine)]);

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
        return Node(name, new Gemm(), [x, Weight(name, new TensorShape(outputs, fanIn), fanIn, outputs), Bias(name, outputs, fanIn)]);
    }

    /// <summary>The graph, whose output is what the last node makes.</summary>
    public Graph Build() => new(_name, InputName, _inputShape, [.. _nodes], [.. _initializers]);

    private string[] NormInitializers(string name, int size, bool affine = true)
    {
        var shape = new TensorShape(size);
        return
        [
            Own($"{name}.weight", shape, InitialValues.Ones, isStatistic: !affine),
            Own($"{name}.bias", shape, InitialValues.Zeros, isStatistic: !affine),
            Own($"{name}.running_mean", shape, InitialValues.Zeros, isStatistic: true),
            Own($"{name}.running_var", shape, InitialValues.Ones, isStatistic: true),
        ];
    }

    private string Weight(string layer, TensorShape shape, int fanIn, int fanOut) => _scheme == InitialScheme.Keras
        ? Own($"{layer}.weight", shape, InitialValues.GlorotUniform, fanIn, fanOut: fanOut)
        : Own($"{layer}.weight", shape, InitialValues.UniformFanIn, fanIn);

    private string Bias(string layer, int size, int fanIn) =>
        Own($"{layer}.bias", new TensorShape(size), _scheme == InitialScheme.Keras ? InitialValues.Zeros : InitialValues.UniformFanIn, fanIn);

    private string Own(
        string name, TensorShape shape, InitialValues values, int fanIn = 1, bool isStatistic = false, int fanOut = 1, double value = 0)
    {
        if (_initializers.Find(i => i.Name == name) is { } shared)
        {
            return shared.Shape.Equals(shape)
                ? name
                : throw new ArgumentException($"'{name}' is of {shared.Shape}, and cannot be shared as {shape}.", nameof(name));
        }

        _initializers.Add(new Initializer(name, shape, values, fanIn, isStatistic) { FanOut = fanOut, Value = value });
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
