namespace Pipeline.Models.Graph;

/// <content>Shapes of attention and capsules.</content>
internal static partial class ShapeInference
{
    private static TensorShape InferAttention(string node, Operator op, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        return op switch
        {
            MatMul => Product(node, x, inputs[1]),
            Softmax or LpNormalization or Squash => x,
            Scale => SameAs(x, Check(node, inputs[1].Elements == 1, $"needs one factor, not {inputs[1]}")),
            LayerNormalization => SameAs(x, Check(node, inputs.Skip(1).All(s => s.Equals(new TensorShape(x[-1]))), $"needs two vectors of {x[-1]}")),
            _ => InferTransformer(node, op, inputs),
        };
    }

    private static TensorShape Product(string node, TensorShape a, TensorShape b)
    {
        bool fits = a.Rank == 4 && a[3] == b[-2] && (b.Rank == 2 || (b.Rank == 4 && b[0] == a[0] && b[1] == a[1]));
        Check(node, fits, $"cannot multiply {a} by {b}");
        return new TensorShape(a[0], a[1], a[2], b[-1]);
    }
}
