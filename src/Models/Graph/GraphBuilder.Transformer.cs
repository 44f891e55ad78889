namespace Pipeline.Models.Graph;

/// <content>What transformers have besides attention.</content>
public sealed partial class GraphBuilder
{
    /// <summary>Adds a fully connected layer over the last axis, with a bias.</summary>
    public string Dense(string name, string x, int outputs) =>
        Node($"{name}.sum", new AddLearned(), [Project(name, x, outputs), Bias(name, outputs, _shapes[x][3])]);

    /// <summary>Adds a sum with a learned matrix, one row for each of the value's.</summary>
    public string AddRows(string name, string x)
    {
        int rows = _shapes[x][2];
        int width = _shapes[x][3];
        return Node(name, new AddLearned(), [x, Own($"{name}.term", new TensorShape(rows, width), InitialValues.GlorotUniform, rows, fanOut: width)]);
    }

    /// <summary>Adds a learned row before the others.</summary>
    public string PrependRow(string name, string x)
    {
        int width = _shapes[x][3];
        return Node(name, new PrependRow(), [x, Own($"{name}.row", new TensorShape(width), InitialValues.GlorotUniform, fanOut: width)]);
    }

    /// <summary>Adds a choice of the first row.</summary>
    public string FirstRow(string name, string x) => Node(name, new FirstRow(), [x]);

    /// <summary>Adds a product with a fixed number.</summary>
    public string ScaleBy(string name, string x, double factor) =>
        Node(name, new Scale(), [x, Own($"{name}.factor", new TensorShape(1), InitialValues.Constant, isStatistic: true, value: factor)]);

    /// <summary>Adds x · Φ(x).</summary>
    public string Gelu(string name, string x) => Node(name, new Gelu(), [x]);
}
