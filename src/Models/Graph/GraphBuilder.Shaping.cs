namespace Pipeline.Models.Graph;

/// <content>Elementwise functions, and what changes shapes.</content>
public sealed partial class GraphBuilder
{
    /// <summary>Adds 1 / (1 + e^-x).</summary>
    public string Sigmoid(string name, string x) => Node(name, new Sigmoid(), [x]);

    /// <summary>Adds the hyperbolic tangent.</summary>
    public string Tanh(string name, string x) => Node(name, new Tanh(), [x]);

    /// <summary>Adds x where it is positive, else e^x - 1.</summary>
    public string Elu(string name, string x) => Node(name, new Elu(), [x]);

    /// <summary>Adds x where it is positive, else x times one learned slope.</summary>
    public string PRelu(string name, string x, double slope) =>
        Node(name, new PRelu(), [x, Own($"{name}.slope", new TensorShape(1), InitialValues.Constant, value: slope)]);

    /// <summary>Adds a product.</summary>
    public string Mul(string name, string a, string b) => Node(name, new Mul(), [a, b]);

    /// <summary>Adds a quotient.</summary>
    public string Div(string name, string a, string b) => Node(name, new Div(), [a, b]);

    /// <summary>Adds a change of shape to [1, channels, height, width].</summary>
    public string Reshape(string name, string x, int channels, int height, int width) => Node(name, new Reshape(channels, height, width), [x]);

    /// <summary>Adds a change of the order of axes: which of the input's become axes 1, 2 and 3.</summary>
    public string Transpose(string name, string x, int channels, int height, int width) => Node(name, new Transpose(channels, height, width), [x]);

    /// <summary>Adds one input after the other along an axis.</summary>
    public string Concat(string name, int axis, params ReadOnlySpan<string> inputs) => Node(name, new Concat(axis), [.. inputs]);

    /// <summary>Adds the greatest of each window; the windows do not overlap.</summary>
    public string MaxPool(string name, string x, Size2 kernel) => Node(name, new MaxPool(kernel, kernel), [x]);

    /// <summary>Adds the mean of each window; the windows do not overlap.</summary>
    public string AveragePool(string name, string x, Size2 kernel) => Node(name, new AveragePool(kernel), [x]);

    /// <summary>Adds a reversal of an axis.</summary>
    public string Reverse(string name, string x, int axis) => Node(name, new Reverse(axis), [x]);

    /// <summary>Adds a sum along an axis.</summary>
    public string ReduceSum(string name, string x, int axis) => Node(name, new ReduceSum(axis), [x]);

    /// <summary>Adds a mean along an axis.</summary>
    public string ReduceMean(string name, string x, int axis) => Node(name, new ReduceMean(axis), [x]);

    /// <summary>Adds the greatest along an axis.</summary>
    public string ReduceMax(string name, string x, int axis) => Node(name, new ReduceMax(axis), [x]);
}
