using Pipeline.Contracts;

namespace Pipeline.Models.Graph;

/// <summary>Draws first values by the project's own random source: a pure function of the seed and the initialiser's name and rule.</summary>
public static class InitialDraw
{
    /// <summary>The first values of an initialiser, row-major.</summary>
    public static float[] Of(Initializer initializer, ulong seed)
    {
        var values = new float[initializer.Shape.Elements];
        StableRandom random = StableRandom.For(seed, $"weights:{initializer.Name}");
        switch (initializer.Values)
        {
            case InitialValues.Zeros:
                break;
            case InitialValues.Ones:
                Array.Fill(values, 1);
                break;
            case InitialValues.Constant:
                Array.Fill(values, (float)initializer.Value);
                break;
            case InitialValues.UniformFanIn:
                Uniform(random, values, 1 / Math.Sqrt(initializer.FanIn));
                break;
            case InitialValues.GlorotUniform:
                Uniform(random, values, Math.Sqrt(6.0 / (initializer.FanIn + initializer.FanOut)));
                break;
            case InitialValues.Orthogonal:
                Orthogonal(random, values, initializer.Shape[1]);
                break;
            case InitialValues.OpenForgetGate:
                int units = values.Length / 4;
                values.AsSpan(2 * units, units).Fill(1);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(initializer), initializer.Values, "no such rule");
        }

        return values;
    }

    private static void Uniform(StableRandom random, float[] values, double bound)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextDouble(-bound, bound);
        }
    }

    /// <summary>Normal draws whose columns are made orthonormal one after another (modified Gram-Schmidt).</summary>
    private static void Orthogonal(StableRandom random, float[] values, int columns)
    {
        int rows = values.Length / columns;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, columns, nameof(values));
        double[][] basis = [.. Enumerable.Range(0, columns).Select(_ => new double[rows])];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                basis[column][row] = random.NextGaussian();
            }
        }

        for (int column = 0; column < columns; column++)
        {
            double[] vector = basis[column];
            double length = Math.Sqrt(Dot(vector, vector));
            for (int row = 0; row < rows; row++)
            {
                vector[row] /= length;
                values[(row * columns) + column] = (float)vector[row];
            }

            foreach (double[] later in basis.AsSpan(column + 1))
            {
                double share = Dot(vector, later);
                for (int row = 0; row < rows; row++)
                {
                    later[row] -= share * vector[row];
                }
            }
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
