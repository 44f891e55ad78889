namespace Pipeline.Models.Graph;

/// <summary>The shape of what an operator makes of its inputs.</summary>
internal static partial class ShapeInference
{
    /// <summary>The output's shape.</summary>
    /// <param name="node">Named in errors.</param>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">Shapes of all inputs, initialisers included, in the operator's order.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the operator.</exception>
    public static TensorShape Infer(string node, Operator op, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        return op switch
        {
            Conv conv => Convolve(node, conv, inputs),
            BatchNormalization => SameAs(x, Check(node, inputs.Skip(1).All(s => s.Equals(new TensorShape(x[1]))), $"needs four vectors of {x[1]}")),
            SubSpectralNorm norm => SameAs(x, Check(
                node,
                x[2] % norm.Groups == 0 && inputs.Skip(1).All(s => s.Equals(new TensorShape(x[1] * norm.Groups))),
                $"cannot split {x[2]} rows into {norm.Groups} sub-bands, or its vectors are not of {x[1] * norm.Groups}")),
            Relu or Silu or Dropout => x,
            Add => Broadcast(node, x, inputs[1]),
            ReduceMeanHeight => new TensorShape(x[0], x[1], 1, x[3]),
            GlobalAveragePool => new TensorShape(x[0], x[1], 1, 1),
            Flatten => new TensorShape(x[0], x.Elements / x[0]),
            TransposeHeightWidth => new TensorShape(x[0], x[1], x[3], x[2]),
            Gemm => Multiply(node, inputs),
            _ => InferSequence(node, op, inputs),
        };
    }

    private static TensorShape Convolve(string node, Conv conv, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        TensorShape weight = inputs[1];
        Check(node, x.Rank == 4 && weight.Rank == 4, "needs an input and a weight of four axes");
        Check(node, x[1] == weight[1] * conv.Group && weight[0] % conv.Group == 0, $"weight {weight} in {conv.Group} groups does not fit input {x}");
        Check(node, inputs.Count < 3 || inputs[2].Equals(new TensorShape(weight[0])), $"bias {inputs[^1]} is not of {weight[0]}");
        int height = Extent(x[2] + conv.Pads.Top + conv.Pads.Bottom, weight[2], conv.Strides.Height, conv.Dilations.Height);
        int width = Extent(x[3] + conv.Pads.Left + conv.Pads.Right, weight[3], conv.Strides.Width, conv.Dilations.Width);
        Check(node, height > 0 && width > 0, $"kernel {weight} does not fit into input {x}");
        return new TensorShape(x[0], weight[0], height, width);
    }

    private static int Extent(int padded, int kernel, int stride, int dilation) => (int)Math.Floor((padded - (dilation * (kernel - 1)) - 1) / (double)stride) + 1;

    private static TensorShape Multiply(string node, IReadOnlyList<TensorShape> inputs)
    {
        Check(node, inputs[0].Rank == 2 && inputs[0][1] == inputs[1][1] && inputs[2].Equals(new TensorShape(inputs[1][0])), "shapes do not fit");
        return new TensorShape(inputs[0][0], inputs[1][0]);
    }

    private static TensorShape Broadcast(string node, TensorShape a, TensorShape b)
    {
        Check(node, a.Rank == b.Rank, $"cannot combine {a} and {b}");
        var sizes = new int[a.Rank];
        for (int i = 0; i < sizes.Length; i++)
        {
            Check(node, a[i] == b[i] || a[i] == 1 || b[i] == 1, $"cannot combine {a} and {b}");
            sizes[i] = Math.Max(a[i], b[i]);
        }

        return new TensorShape(sizes);
    }

    private static TensorShape SameAs(TensorShape shape, bool _) => shape;

    private static bool Check(string node, bool holds, string complaint) =>
        holds ? true : throw new ArgumentException($"Node '{node}' {complaint}.", nameof(node));
}
