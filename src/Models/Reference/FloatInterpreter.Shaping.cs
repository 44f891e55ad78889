using Pipeline.Models.Graph;

namespace Pipeline.Models.Reference;

/// <content>Elementwise functions, and what changes shapes.</content>
public sealed partial class FloatInterpreter
{
    private void RunShaping(Node node, TensorShape from, float[] x, float[] y)
    {
        switch (node.Operator)
        {
            case Sigmoid:
                Map(x, y, static v => (float)(1 / (1 + Math.Exp(-v))));
                break;
            case Tanh:
                Map(x, y, static v => (float)Math.Tanh(v));
                break;
            case Elu:
                Map(x, y, static v => v > 0 ? v : (float)(Math.Exp(v) - 1));
                break;
            case PRelu:
                float slope = _weights[node.Inputs[1]][0];
                Map(x, y, v => v > 0 ? v : slope * v);
                break;
            case Mul:
                Combine(node, from, y, static (a, b) => a * b);
                break;
            case Div:
                Combine(node, from, y, static (a, b) => a / b);
                break;
            case Reshape:
                x.CopyTo(y, 0);
                break;
            case Transpose transpose:
                Permute(transpose, from, node.Shape, x, y);
                break;
            case Concat concat:
                Join(node, concat.Axis, y);
                break;
            case MaxPool pool:
                Pool(from, node.Shape, pool.Kernel, pool.Strides, x, y, static window => window.Max());
                break;
            case AveragePool pool:
                Pool(from, node.Shape, pool.Kernel, pool.Kernel, x, y, static window => window.Average());
                break;
            case Reverse reverse:
                Array.Copy(x, y, x.Length);
                Lines(from, reverse.Axis, y, static line => Array.Reverse(line));
                break;
            case ReduceSum reduce:
                Reduce(from, reduce.Axis, x, y, static line => (float)line.Sum(v => (double)v));
                break;
            case ReduceMean reduce:
                Reduce(from, reduce.Axis, x, y, static line => (float)line.Average(v => (double)v));
                break;
            case ReduceMax reduce:
                Reduce(from, reduce.Axis, x, y, static line => line.Max());
                break;
            default:
                RunAttention(node, from, x, y);
                break;
        }
    }

    private static void Permute(Transpose order, TensorShape from, TensorShape to, float[] x, float[] y)
    {
        int[] steps = [0, from[2] * from[3], from[3], 1];
        int i = 0;
        for (int channel = 0; channel < to[1]; channel++)
        {
            for (int row = 0; row < to[2]; row++)
            {
                for (int column = 0; column < to[3]; column++)
                {
                    y[i++] = x[(channel * steps[order.Channels]) + (row * steps[order.Height]) + (column * steps[order.Width])];
                }
            }
        }
    }

    private void Join(Node node, int axis, float[] y)
    {
        int inner = Product(node.Shape, axis + 1, node.Shape.Rank);
        int outer = Product(node.Shape, 0, axis);
        int start = 0;
        foreach (string input in node.Inputs)
        {
            int run = _graph.ShapeOf(input)[axis] * inner;
            for (int o = 0; o < outer; o++)
            {
                _values[input].AsSpan(o * run, run).CopyTo(y.AsSpan((o * node.Shape[axis] * inner) + start));
            }

            start += run;
        }
    }

    /// <summary>Makes one element of each line along an axis.</summary>
    private static void Reduce(TensorShape shape, int axis, float[] x, float[] y, Func<float[], float> summary)
    {
        int i = 0;
        Lines(shape, axis, [.. x], line => y[i++] = summary(line));
    }

    /// <summary>Hands out each line of elements along an axis, in the order of the other axes, and takes it back changed.</summary>
    private static void Lines(TensorShape shape, int axis, float[] values, Action<float[]> change)
    {
        int inner = Product(shape, axis + 1, shape.Rank);
        var line = new float[shape[axis]];
        for (int start = 0; start < values.Length; start += inner * line.Length)
        {
            for (int offset = start; offset < start + inner; offset++)
            {
                for (int i = 0; i < line.Length; i++)
                {
                    line[i] = values[offset + (i * inner)];
                }

                change(line);
                for (int i = 0; i < line.Length; i++)
                {
                    values[offset + (i * inner)] = line[i];
                }
            }
        }
    }

    private static int Product(TensorShape shape, int first, int end)
    {
        int product = 1;
        for (int axis = first; axis < end; axis++)
        {
            product *= shape[axis];
        }

        return product;
    }

    private static void Pool(TensorShape from, TensorShape to, Size2 kernel, Size2 strides, float[] x, float[] y, Func<float[], float> summary)
    {
        var window = new float[kernel.Height * kernel.Width];
        for (int i = 0; i < y.Length; i++)
        {
            int column = i % to[3] * strides.Width;
            int row = i / to[3] % to[2] * strides.Height;
            int channel = i / (to[3] * to[2]);
            for (int k = 0; k < kernel.Height; k++)
            {
                x.AsSpan((((channel * from[2]) + row + k) * from[3]) + column, kernel.Width).CopyTo(window.AsSpan(k * kernel.Width));
            }

            y[i] = summary(window);
        }
    }
}
