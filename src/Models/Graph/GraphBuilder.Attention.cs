namespace Pipeline.Models.Graph;

/// <content>Attention and capsules.</content>
public sealed partial class GraphBuilder
{
    /// <summary>Adds a matrix product of two values over their last two axes.</summary>
    public string MatMul(string name, string a, string b) => Node(name, new MatMul(), [a, b]);

    /// <summary>Adds a product of the last axis with learned weights: a fully connected layer without bias.</summary>
    public string Project(string name, string x, int outputs)
    {
        int inputs = _shapes[x][3];
        return Node(name, new MatMul(), [x, Weight(name, new TensorShape(inputs, outputs), inputs, outputs)]);
    }

    /// <summary>Adds e^x over its sum along an axis.</summary>
    public string Softmax(string name, string x, int axis) => Node(name, new Softmax(axis), [x]);

    /// <summary>Adds a product with one learned number, which begins as 1.</summary>
    /// <param name="name">The node.</param>
    /// <param name="x">The value.</param>
    /// <param name="weights">The layer whose number it is; layers of one name share it.</param>
    public string Scale(string name, string x, string weights) =>
        Node(name, new Scale(), [x, Own($"{weights}.scale", new TensorShape(1), InitialValues.Ones)]);

    /// <summary>Adds a normalisation of each row along the last axis.</summary>
    public string LayerNormalization(string name, string x, float epsilon)
    {
        var shape = new TensorShape(_shapes[x][3]);
        return Node(name, new LayerNormalization(epsilon),
        [
            x, Own($"{name}.weight", shape, InitialValues.Ones), Own($"{name}.bias", shape, InitialValues.Zeros),
        ]);
    }

    /// <summary>Adds a division by the Euclidean length along the last axis.</summary>
    public string LpNormalization(string name, string x) => Node(name, new LpNormalization(), [x]);

    /// <summary>Adds a capsule's squashing along the last axis.</summary>
    public string Squash(string name, string x) => Node(name, new Squash(), [x]);
}
