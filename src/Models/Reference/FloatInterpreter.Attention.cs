using Pipeline.Models.Graph;

namespace Pipeline.Models.Reference;

/// <content>Attention and capsules.</content>
public sealed partial class FloatInterpreter
{
    private const double LeastSquare = 1e-12;
    private const double SquashEpsilon = 1e-7;

    private void RunAttention(Node node, TensorShape from, float[] x, float[] y)
    {
        switch (node.Operator)
        {
            case MatMul:
                Multiply(from, node.Shape[3], x, Right(node.Inputs[1]), y);
                break;
            case Scale:
                float factor = _weights[node.Inputs[1]][0];
                Map(x, y, v => v * factor);
                break;
            case Softmax softmax:
                ByLine(from, softmax.Axis, x, y, Exponentials);
                break;
            case LayerNormalization norm:
                ByLine(from, 3, x, y, line => Normalize(line, norm.Epsilon, _weights[node.Inputs[1]], _weights[node.Inputs[2]]));
                break;
            case LpNormalization:
                ByLine(from, 3, x, y, static line => Multiply(line, 1 / Math.Sqrt(Math.Max(SquaredLength(line), LeastSquare))));
                break;
            case Squash:
                ByLine(from, 3, x, y, static line => Multiply(line, Squashed(SquaredLength(line))));
                break;
            default:
                RunTransformer(node, from, x, y);
                break;
        }
    }

    private static void ByLine(TensorShape shape, int axis, float[] x, float[] y, Action<float[]> change)
    {
        x.CopyTo(y, 0);
        Lines(shape, axis, y, change);
    }

    private float[] Right(string name) => _values.TryGetValue(name, out float[]? value) ? value : _weights[name];

    /// <summary>Matrices of x by matrices of b, or all by the one that b is.</summary>
    private static void Multiply(TensorShape from, int columns, float[] x, float[] b, float[] y)
    {
        int inner = from[3];
        var sums = new double[columns];
        for (int row = 0; row < x.Length / inner; row++)
        {
            int matrix = row / from[2] * inner * columns % b.Length;
            Array.Clear(sums);
            for (int k = 0; k < inner; k++)
            {
                double value = x[(row * inner) + k];
                ReadOnlySpan<float> line = b.AsSpan(matrix + (k * columns), columns);
                for (int column = 0; column < columns; column++)
                {
                    sums[column] += value * line[column];
                }
            }

            for (int column = 0; column < columns; column++)
            {
                y[(row * columns) + column] = (float)sums[column];
            }
        }
    }

    private static void Exponentials(float[] line)
    {
        double greatest = line.Max();
        double sum = line.Sum(v => Math.Exp(v - greatest));
        for (int i = 0; i < line.Length; i++)
        {
            line[i] = (float)(Math.Exp(line[i] - greatest) / sum);
        }
    }

    private static void Normalize(float[] line, float epsilon, float[] scale, float[] shift)
    {
        double mean = line.Average(v => (double)v);
        double factor = 1 / Math.Sqrt(line.Average(v => (v - mean) * (v - mean)) + epsilon);
        for (int i = 0; i < line.Length; i++)
        {
            line[i] = (float)(((line[i] - mean) * factor * scale[i]) + shift[i]);
        }
    }

    private static double SquaredLength(float[] line) => line.Sum(v => (double)v * v);

    private static double Squashed(double square) => square / (1 + square) / Math.Sqrt(square + SquashEpsilon);

    private static void Multiply(float[] line, double factor)
    {
        for (int i = 0; i < line.Length; i++)
        {
            line[i] = (float)(line[i] * factor);
        }
    }
}
