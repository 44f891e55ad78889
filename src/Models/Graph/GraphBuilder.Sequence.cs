namespace Pipeline.Models.Graph;

/// <content>Recurrent layers and what stands around them.</content>
public sealed partial class GraphBuilder
{
    /// <summary>Adds a long short-term memory of [1, 1, steps, inputs] with one bias for each gate, with Keras' first values.</summary>
    public string Lstm(string name, string x, int units, bool lastOnly)
    {
        int inputs = _shapes[x][3];
        return Node(name, new Lstm(lastOnly),
        [
            x,
            Own($"{name}.weight", new TensorShape(4 * units, inputs), InitialValues.GlorotUniform, inputs, fanOut: 4 * units),
            Own($"{name}.recurrent", new TensorShape(4 * units, units), InitialValues.Orthogonal),
            Own($"{name}.bias", new TensorShape(4 * units), InitialValues.OpenForgetGate),
        ]);
    }

    /// <summary>Adds a rounding towards zero.</summary>
    public string Truncate(string name, string x) => Node(name, new Truncate(), [x]);
}
