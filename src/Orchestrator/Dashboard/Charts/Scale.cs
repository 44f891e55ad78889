namespace Pipeline.Orchestrator.Dashboard.Charts;

/// <summary>Maps values to coordinates, linearly or by their logarithm, with round values to mark.</summary>
public sealed class Scale
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;
    private readonly bool _logarithmic;

    private Scale(double low, double high, double from, double to, bool logarithmic) =>
        (_low, _high, _from, _to, _logarithmic) = (low, high, from, to, logarithmic);

    /// <summary>The values to mark, ascending.</summary>
    public required IReadOnlyList<double> Ticks { get; init; }

    /// <summary>A linear scale that holds all of the values; where all are one, that one stands in the middle.</summary>
    /// <param name="values">The values; none stands for 0 to 1.</param>
    /// <param name="from">The coordinate of the least.</param>
    /// <param name="to">The coordinate of the greatest.</param>
    public static Scale Linear(IEnumerable<double> values, double from, double to)
    {
        (double low, double high) = RangeOf(values);
        double step = StepOf(high - low);
        double first = Math.Ceiling((low / step) - 1e-9);
        double last = Math.Floor((high / step) + 1e-9);
        return new Scale(low, high, from, to, logarithmic: false)
        {
            Ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Math.Round((first + i) * step, 12))],
        };
    }

    /// <summary>A logarithmic scale; all values are above 0.</summary>
    public static Scale Logarithmic(IEnumerable<double> values, double from, double to)
    {
        double[] all = [.. values];
        (double low, double high) = RangeOf(all.Select(Math.Log10));
        return new Scale(low, high, from, to, logarithmic: true) { Ticks = [.. new[] { all.Min(), all.Max() }.Distinct()] };
    }

    /// <summary>The coordinate of a value.</summary>
    public double Of(double value) => _from + (((_logarithmic ? Math.Log10(value) : value) - _low) / (_high - _low) * (_to - _from));

    private static (double Low, double High) RangeOf(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double value in values.Where(double.IsFinite))
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high)
        {
            return (0, 1);
        }

        // One value alone, or a range below what a double tells apart, gets a band around it.
        double least = Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9;
        return high - low > least ? (low, high) : (low - Math.Max(Math.Abs(low) * 0.1, 0.5), high + Math.Max(Math.Abs(high) * 0.1, 0.5));
    }

    /// <summary>1, 2 or 5 times a power of ten, so that about five steps fill the range.</summary>
    private static double StepOf(double range)
    {
        double rough = range / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}
