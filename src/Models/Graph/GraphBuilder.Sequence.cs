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

    /// <summary>Adds a gated recurrent unit of [1, 1, steps, inputs] with biases for input and recurrence, with Keras' first values.</summary>
    public string Gru(string name, string x, int units, bool lastOnly)
    {
        int inputs = _shapes[x][3];
        return Node(name, new Gru(lastOnly),
        [
            x,
            Own($"{name}.weight", new TensorShape(3 * units, inputs), InitialValues.GlorotUniform, inputs, fanOut: 3 * units),
            Own($"{name}.recurrent", new TensorShape(3 * units, units), InitialValues.Orthogonal),
            Own($"{name}.bias", new TensorShape(6 * units), InitialValues.Zeros),
        ]);
    }

    /// <summary>Adds a plain recurrent layer of [1, 1, steps, inputs] with biases for input and recurrence, with PyTorch's first values.</summary>
    public string Rnn(string name, string x, int units) => Node(name, new Rnn(),
    [
        x,
        Own($"{name}.weight", new TensorShape(units, _shapes[x][3]), InitialValues.UniformFanIn, units),
        Own($"{name}.recurrent", new TensorShape(units, units), InitialValues.UniformFanIn, units),
        Own($"{name}.bias", new TensorShape(2 * units), InitialValues.UniformFanIn, units),
    ]);

    /// <summary>Adds a rounding towards zero.</summary>
    public string Truncate(string name, string x) => Node(name, new Truncate(), [x]);
}
