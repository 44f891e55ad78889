namespace Pipeline.Models.Reference;

/// <summary>A recurrent layer's sizes and weights.</summary>
/// <param name="Steps">Steps of the input.</param>
/// <param name="Inputs">Elements of a step.</param>
/// <param name="Units">Elements of the hidden state.</param>
/// <param name="Weight">[gates·units, inputs].</param>
/// <param name="Recurrent">[gates·units, units].</param>
/// <param name="Bias">[gates·units], or two such vectors one after the other, which are added up.</param>
internal sealed record Recurrence(int Steps, int Inputs, int Units, float[] Weight, float[] Recurrent, float[] Bias)
{
    /// <summary>One row of W·x + R·h + b.</summary>
    public double Row(int row, ReadOnlySpan<float> x, ReadOnlySpan<float> h) => InputRow(row, x) + HiddenRow(row, h);

    /// <summary>One row of W·x + b, of the first bias.</summary>
    public double InputRow(int row, ReadOnlySpan<float> x) => Bias[row] + Dot(Weight.AsSpan(row * Inputs, Inputs), x);

    /// <summary>One row of R·h + c, of the second bias where there is one.</summary>
    public double HiddenRow(int row, ReadOnlySpan<float> h)
    {
        int rows = Weight.Length / Inputs;
        return (Bias.Length > rows ? Bias[rows + row] : 0d) + Dot(Recurrent.AsSpan(row * Units, Units), h);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}

/// <summary>Recurrent layers step by step, sums in double precision.</summary>
internal static class RecurrentArithmetic
{
    /// <summary>The hidden states [steps, units], or the last one alone.</summary>
    public static void Lstm(Recurrence layer, ReadOnlySpan<float> x, Span<float> y, bool lastOnly)
    {
        int units = layer.Units;
        var cell = new double[units];
        var hidden = new float[units];
        var next = new float[units];
        for (int step = 0; step < layer.Steps; step++)
        {
            ReadOnlySpan<float> input = x.Slice(step * layer.Inputs, layer.Inputs);
            for (int u = 0; u < units; u++)
            {
                double take = Sigmoid(layer.Row(u, input, hidden));
                double give = Sigmoid(layer.Row(units + u, input, hidden));
                double keep = Sigmoid(layer.Row((2 * units) + u, input, hidden));
                cell[u] = (keep * cell[u]) + (take * Math.Tanh(layer.Row((3 * units) + u, input, hidden)));
                next[u] = (float)(give * Math.Tanh(cell[u]));
            }

            (hidden, next) = (next, hidden);
            hidden.CopyTo(lastOnly ? y : y[(step * units)..]);
        }
    }

    /// <summary>The hidden states [steps, units], or the last one alone.</summary>
    public static void Gru(Recurrence layer, ReadOnlySpan<float> x, Span<float> y, bool lastOnly)
    {
        int units = layer.Units;
        var hidden = new float[units];
        var next = new float[units];
        for (int step = 0; step < layer.Steps; step++)
        {
            ReadOnlySpan<float> input = x.Slice(step * layer.Inputs, layer.Inputs);
            for (int u = 0; u < units; u++)
            {
                double keep = Sigmoid(layer.Row(u, input, hidden));
                double reset = Sigmoid(layer.Row(units + u, input, hidden));
                double fresh = Math.Tanh(layer.InputRow((2 * units) + u, input) + (reset * layer.HiddenRow((2 * units) + u, hidden)));
                next[u] = (float)((keep * hidden[u]) + ((1 - keep) * fresh));
            }

            (hidden, next) = (next, hidden);
            hidden.CopyTo(lastOnly ? y : y[(step * units)..]);
        }
    }

    /// <summary>The hidden states [steps, units].</summary>
    public static void Rnn(Recurrence layer, ReadOnlySpan<float> x, Span<float> y)
    {
        ReadOnlySpan<float> hidden = new float[layer.Units];
        for (int step = 0; step < layer.Steps; step++)
        {
            Span<float> next = y.Slice(step * layer.Units, layer.Units);
            for (int u = 0; u < layer.Units; u++)
            {
                next[u] = (float)Math.Tanh(layer.Row(u, x.Slice(step * layer.Inputs, layer.Inputs), hidden));
            }

            hidden = next;
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
