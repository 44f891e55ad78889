using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Reference;

/// <summary>
/// Runs a graph in float32 for one input, as inference does (running statistics, no dropout). Calibration reads activations from it, tests hold
/// the other executors against it. Every element is summed in one fixed order without fused multiply-adds, so that the bits are the same on every
/// machine. Holds its activations, so one thread at a time.
/// </summary>
public sealed partial class FloatInterpreter
{
    private readonly Graph.Graph _graph;
    private readonly IReadOnlyDictionary<string, float[]> _weights;
    private readonly Dictionary<string, float[]> _values = [];

    /// <summary>Takes the graph and the values of its initialisers by name.</summary>
    /// <exception cref="ArgumentException">An initialiser has no value, or one of the wrong size.</exception>
    public FloatInterpreter(Graph.Graph graph, IReadOnlyDictionary<string, float[]> weights)
    {
        foreach (Initializer initializer in graph.Initializers)
        {
            if (!weights.TryGetValue(initializer.Name, out float[]? values) || values.Length != initializer.Shape.Elements)
            {
                throw new ArgumentException($"Found {values?.Length ?? 0} values of '{initializer.Name}', expected {initializer.Shape.Elements}.", nameof(weights));
            }
        }

        _graph = graph;
        _weights = weights;
        _values.Add(graph.Input, new float[graph.InputShape.Elements]);
        foreach (Node node in graph.Nodes)
        {
            _values.Add(node.Output, new float[node.Shape.Elements]);
        }
    }

    /// <summary>A value of the last run, [channels, height, width] row-major.</summary>
    public ReadOnlySpan<float> ValueOf(string name) => _values[name];

    /// <summary>Runs the graph. What it returns is overwritten by the next run.</summary>
    /// <param name="features">[bands, frames] row-major.</param>
    public ReadOnlySpan<float> Run(ReadOnlySpan<float> features)
    {
        features.CopyTo(_values[_graph.Input]);
        foreach (Node node in _graph.Nodes)
        {
            Run(node, _values[node.Output]);
        }

        return _values[_graph.Output];
    }

    private void Run(Node node, float[] y)
    {
        float[] x = _values[node.Inputs[0]];
        TensorShape from = _graph.ShapeOf(node.Inputs[0]);
        switch (node.Operator)
        {
            case Conv conv:
                Convolve(conv, node, from, x, y);
                break;
            case BatchNormalization norm:
                Normalize(node, x, y, node.Shape.Elements / node.Shape[1], norm.Epsilon);
                break;
            case SubSpectralNorm norm:
                Normalize(node, x, y, node.Shape.Elements / node.Shape[1] / norm.Groups, norm.Epsilon);
                break;
            case Relu:
                Map(x, y, static v => Math.Max(v, 0));
                break;
            case Silu:
                Map(x, y, Swish);
                break;
            case Add:
                Combine(node, from, y, static (a, b) => a + b);
                break;
            case ReduceMeanHeight:
                MeanHeight(from, x, y);
                break;
            case GlobalAveragePool:
                MeanPlane(from, x, y);
                break;
            case TransposeHeightWidth:
                Transpose(from, x, y);
                break;
            case Gemm:
                Multiply(node, x, y);
                break;
            case Dropout or Flatten:
                x.CopyTo(y, 0);
                break;
            default:
                RunSequence(node, from, x, y);
                break;
        }
    }

    /// <summary>x · sigmoid(x).</summary>
    private static float Swish(float x) => (float)(x / (1 + Math.Exp(-x)));

    private void Convolve(Conv conv, Node node, TensorShape from, float[] x, float[] y)
    {
        TensorShape kernel = _graph.Initializer(node.Inputs[1]).Shape;
        float[] weights = _weights[node.Inputs[1]];
        float[]? bias = node.Inputs.Count > 2 ? _weights[node.Inputs[2]] : null;
        int height = node.Shape[2];
        int width = node.Shape[3];
        int outputsPerGroup = node.Shape[1] / conv.Group;
        int w = 0;
        for (int c = 0; c < node.Shape[1]; c++)
        {
            Span<float> plane = y.AsSpan(c * height * width, height * width);
            plane.Fill(bias?[c] ?? 0);
            for (int k = 0; k < kernel[1]; k++)
            {
                int channel = (c / outputsPerGroup * kernel[1]) + k;
                ReadOnlySpan<float> source = x.AsSpan(channel * from[2] * from[3], from[2] * from[3]);
                for (int ky = 0; ky < kernel[2]; ky++)
                {
                    for (int kx = 0; kx < kernel[3]; kx++, w++)
                    {
                        AddTap(conv, from, source, weights[w], ky, kx, plane, width);
                    }
                }
            }
        }
    }

    /// <summary>Adds one kernel element's share to a plane of the output.</summary>
    private static void AddTap(Conv conv, TensorShape from, ReadOnlySpan<float> source, float weight, int ky, int kx, Span<float> plane, int width)
    {
        int stride = conv.Strides.Width;
        int shift = (kx * conv.Dilations.Width) - conv.Pads.Left;
        int first = Math.Max(0, (-shift + stride - 1) / stride);
        int end = Math.Min(width, (from[3] - 1 - shift + stride) / stride);
        if (first >= end)
        {
            return;
        }

        for (int row = 0; row < plane.Length / width; row++)
        {
            int sourceRow = (row * conv.Strides.Height) - conv.Pads.Top + (ky * conv.Dilations.Height);
            if ((uint)sourceRow >= (uint)from[2])
            {
                continue;
            }

            Span<float> target = plane.Slice((row * width) + first, end - first);
            ReadOnlySpan<float> line = source.Slice((sourceRow * from[3]) + (first * stride) + shift);
            if (stride == 1)
            {
                AddScaled(line[..target.Length], weight, target);
            }
            else
            {
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] += line[i * stride] * weight;
                }
            }
        }
    }

    private static void AddScaled(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(source);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        var factor = new Vector<float>(weight);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += from[i] * factor;
        }

        for (int i = to.Length * Vector<float>.Count; i < target.Length; i++)
        {
            target[i] += source[i] * weight;
        }
    }

    private void Normalize(Node node, float[] x, float[] y, int run, float epsilon)
    {
        (float[] scale, float[] shift) = Affine(node, epsilon);
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = (x[i] * scale[i / run]) + shift[i / run];
        }
    }

    private (float[] Scale, float[] Shift) Affine(Node node, float epsilon) => NormAffine.Of(
        _weights[node.Inputs[1]], _weights[node.Inputs[2]], _weights[node.Inputs[3]], _weights[node.Inputs[4]], epsilon);

    private static void Map(float[] x, float[] y, Func<float, float> function)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = function(x[i]);
        }
    }

    private void Combine(Node node, TensorShape a, float[] y, Func<float, float, float> function)
    {
        TensorShape b = _graph.ShapeOf(node.Inputs[1]);
        float[] left = _values[node.Inputs[0]];
        float[] right = _values[node.Inputs[1]];
        int i = 0;
        for (int c = 0; c < node.Shape[1]; c++)
        {
            for (int row = 0; row < node.Shape[2]; row++)
            {
                for (int column = 0; column < node.Shape[3]; column++)
                {
                    y[i++] = function(left[Index(a, c, row, column)], right[Index(b, c, row, column)]);
                }
            }
        }
    }

    /// <summary>Where an element stands in an input, whose axes of size 1 are repeated.</summary>
    private static int Index(TensorShape shape, int channel, int row, int column) =>
        ((((shape[1] == 1 ? 0 : channel) * shape[2]) + (shape[2] == 1 ? 0 : row)) * shape[3]) + (shape[3] == 1 ? 0 : column);

    private static void MeanHeight(TensorShape from, float[] x, float[] y)
    {
        int width = from[3];
        for (int c = 0; c < from[1]; c++)
        {
            for (int column = 0; column < width; column++)
            {
                double sum = 0;
                for (int row = 0; row < from[2]; row++)
                {
                    sum += x[(((c * from[2]) + row) * width) + column];
                }

                y[(c * width) + column] = (float)(sum / from[2]);
            }
        }
    }

    private static void MeanPlane(TensorShape from, float[] x, float[] y)
    {
        int plane = from[2] * from[3];
        for (int c = 0; c < from[1]; c++)
        {
            double sum = 0;
            foreach (float value in x.AsSpan(c * plane, plane))
            {
                sum += value;
            }

            y[c] = (float)(sum / plane);
        }
    }

    private static void Transpose(TensorShape from, float[] x, float[] y)
    {
        int plane = from[2] * from[3];
        for (int i = 0; i < x.Length; i++)
        {
            int row = i % plane / from[3];
            int column = i % from[3];
            y[(i / plane * plane) + (column * from[2]) + row] = x[i];
        }
    }

    private void Multiply(Node node, float[] x, float[] y)
    {
        float[] weights = _weights[node.Inputs[1]];
        float[] bias = _weights[node.Inputs[2]];
        for (int c = 0; c < y.Length; c++)
        {
            double sum = bias[c];
            for (int k = 0; k < x.Length; k++)
            {
                sum += (double)x[k] * weights[(c * x.Length) + k];
            }

            y[c] = (float)sum;
        }
    }
}
