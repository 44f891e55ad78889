using Pipeline.Models.Reference;

namespace Pipeline.Models.Quantization;

/// <summary>How the range of an activation is chosen from what calibration clips show.</summary>
public enum Calibration
{
    /// <summary>From the least value seen to the greatest.</summary>
    MinMax,

    /// <summary>The share of that range whose quantisation has the least mean squared error over the clips: rare extremes are saturated.</summary>
    LeastSquares,
}

/// <summary>Measures the values that activations take.</summary>
internal static class ActivationRanges
{
    private const int Bins = 2048;

    // Shares of the whole range that are tried: 1.00, 0.98 … 0.30.
    private const int Shares = 36;
    private const double ShareStep = 0.02;

    /// <summary>Scale and zero point of each value, 0 always within its range.</summary>
    public static IReadOnlyDictionary<string, (double Scale, int ZeroPoint)> Measure(
        FloatInterpreter interpreter, IReadOnlyList<float[]> clips, IReadOnlyCollection<string> values, Calibration method)
    {
        var extremes = values.ToDictionary(v => v, _ => (Min: 0f, Max: 0f));
        ForEachValue(interpreter, clips, values, (name, value) =>
        {
            (float min, float max) = extremes[name];
            foreach (float v in value)
            {
                min = Math.Min(min, v);
                max = Math.Max(max, v);
            }

            extremes[name] = (min, max);
        });
        if (method == Calibration.MinMax)
        {
            return extremes.ToDictionary(e => e.Key, e => Affine(e.Value.Min, e.Value.Max));
        }

        var histograms = values.ToDictionary(v => v, _ => new long[Bins]);
        ForEachValue(interpreter, clips, values, (name, value) => Count(value, extremes[name], histograms[name]));
        return extremes.ToDictionary(e => e.Key, e => LeastSquares(e.Value.Min, e.Value.Max, histograms[e.Key]));
    }

    /// <summary>The int8 scale and zero point that span a range (edge.md 2.5).</summary>
    internal static (double Scale, int ZeroPoint) Affine(double min, double max)
    {
        double scale = max > min ? (max - min) / 255 : 1;
        return (scale, (int)Math.Clamp(Math.Round(-128 - (min / scale)), -128, 127));
    }

    private delegate void ValueReader(string name, ReadOnlySpan<float> value);

    private static void ForEachValue(FloatInterpreter interpreter, IReadOnlyList<float[]> clips, IReadOnlyCollection<string> values, ValueReader read)
    {
        foreach (float[] clip in clips)
        {
            interpreter.Run(clip);
            foreach (string name in values)
            {
                read(name, interpreter.ValueOf(name));
            }
        }
    }

    private static void Count(ReadOnlySpan<float> value, (float Min, float Max) range, long[] histogram)
    {
        double perUnit = range.Max > range.Min ? Bins / ((double)range.Max - range.Min) : 0;
        foreach (float v in value)
        {
            histogram[Math.Min((int)((v - (double)range.Min) * perUnit), Bins - 1)]++;
        }
    }

    private static (double Scale, int ZeroPoint) LeastSquares(double min, double max, long[] histogram)
    {
        (double Scale, int ZeroPoint) best = Affine(min, max);
        double least = double.PositiveInfinity;
        for (int i = 0; i < Shares; i++)
        {
            double share = 1 - (i * ShareStep);
            (double Scale, int ZeroPoint) candidate = Affine(min * share, max * share);
            double error = SquaredError(candidate, min, (max - min) / Bins, histogram);
            if (error < least)
            {
                (best, least) = (candidate, error);
            }
        }

        return best;
    }

    private static double SquaredError((double Scale, int ZeroPoint) affine, double min, double width, long[] histogram)
    {
        double sum = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            if (histogram[bin] > 0)
            {
                double value = min + ((bin + 0.5) * width);
                double q = Math.Clamp(Math.Round(value / affine.Scale) + affine.ZeroPoint, -128, 127);
                double error = value - ((q - affine.ZeroPoint) * affine.Scale);
                sum += error * error * histogram[bin];
            }
        }

        return sum;
    }
}
