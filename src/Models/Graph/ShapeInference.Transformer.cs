namespace Pipeline.Models.Graph;

/// <content>Shapes of what transformers have besides attention.</content>
internal static partial class ShapeInference
{
    private static TensorShape InferTransformer(string node, Operator op, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        return op switch
        {
            Gelu => x,
            AddLearned => SameAs(x, Check(node, EndsIn(x, inputs[1]), $"cannot add a term of {inputs[1]} to {x}")),
            PrependRow => Prepend(node, x, inputs[1]),
            FirstRow => new TensorShape(x[0], x[1], 1, x[3]),
            _ => throw new ArgumentException($"Node '{node}': no shape rule for {op.Name}.", nameof(op)),
        };
    }

    private static TensorShape Prepend(string node, TensorShape x, TensorShape row)
    {
        Check(node, row.Rank == 1 && row[0] == x[3], $"cannot put a row of {row} before {x}");
        return new TensorShape(x[0], x[1], x[2] + 1, x[3]);
    }

    private static bool EndsIn(TensorShape x, TensorShape term) => term.Rank is 1 or 2 && x.Sizes[^term.Rank..].SequenceEqual(term.Sizes);
}
