namespace Pipeline.Models.Graph;

/// <content>Shapes of elementwise functions, and of what changes shapes.</content>
internal static partial class ShapeInference
{
    private static TensorShape InferShaping(string node, Operator op, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        return op switch
        {
            Sigmoid or Tanh or Elu => x,
            PRelu => SameAs(x, Check(node, inputs[1].Elements == 1, $"needs one slope, not {inputs[1]}")),
            Mul or Div => Broadcast(node, x, inputs[1]),
            Reshape r => Reshaped(node, x, new TensorShape(x[0], r.Channels, r.Height, r.Width)),
            Transpose t => new TensorShape(x[0], x[t.Channels], x[t.Height], x[t.Width]),
            Concat concat => Joined(node, concat.Axis, inputs),
            MaxPool pool => Pooled(node, x, pool.Kernel, pool.Strides),
            AveragePool pool => Pooled(node, x, pool.Kernel, pool.Kernel),
            Reverse => x,
            ReduceSum reduce => Reduced(x, reduce.Axis),
            ReduceMean reduce => Reduced(x, reduce.Axis),
            ReduceMax reduce => Reduced(x, reduce.Axis),
            _ => InferAttention(node, op, inputs),
        };
    }

    private static TensorShape Reshaped(string node, TensorShape from, TensorShape to) =>
        SameAs(to, Check(node, from.Elements == to.Elements, $"cannot make {to} of {from}"));

    private static TensorShape Joined(string node, int axis, IReadOnlyList<TensorShape> inputs)
    {
        int[] sizes = inputs[0].Sizes.ToArray();
        sizes[axis] = inputs.Sum(i => i[axis]);
        foreach (TensorShape input in inputs)
        {
            int[] own = input.Sizes.ToArray();
            own[axis] = sizes[axis];
            Check(node, own.AsSpan().SequenceEqual(sizes), $"cannot put {input} after {inputs[0]} along axis {axis}");
        }

        return new TensorShape(sizes);
    }

    private static TensorShape Reduced(TensorShape x, int axis)
    {
        int[] sizes = x.Sizes.ToArray();
        sizes[axis] = 1;
        return new TensorShape(sizes);
    }

    private static TensorShape Pooled(string node, TensorShape x, Size2 kernel, Size2 strides)
    {
        int height = Extent(x[2], kernel.Height, strides.Height, 1);
        int width = Extent(x[3], kernel.Width, strides.Width, 1);
        Check(node, height > 0 && width > 0, $"window {kernel.Height}x{kernel.Width} does not fit into input {x}");
        return new TensorShape(x[0], x[1], height, width);
    }
}
