using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Dashboard.Charts;

/// <summary>One axis of parallel coordinates: a parameter, or the objective.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Marks">The values to mark, with their heights.</param>
/// <param name="At">The height of a trial on it; null where the trial has no value.</param>
public sealed record ParallelAxis(string Name, IReadOnlyList<(string Text, double Y)> Marks, Func<TrialRow, double?> At)
{
    private const double Bottom = 214;
    private const double Top = 30;

    /// <summary>A range that spans this factor is drawn by its logarithm.</summary>
    private const double LogarithmicFrom = 20;

    /// <summary>An axis for each parameter that differs between trials, and the objective's last.</summary>
    public static IReadOnlyList<ParallelAxis> Of(IReadOnlyList<TrialRow> trials, string objective) =>
    [
        .. trials.SelectMany(static t => t.Parameters.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(key => trials.Select(t => Of(t, key)).Distinct().Count() > 1)
            .Select(key => OfParameter(trials, key)),
        OfNumbers(objective, trials, static t => t.Objective),
    ];

    private static ParallelAxis OfParameter(IReadOnlyList<TrialRow> trials, string key)
    {
        ParameterValue[] values = [.. trials.Select(t => Of(t, key)).OfType<ParameterValue>()];
        if (values.All(static v => v.IsNumber))
        {
            return OfNumbers(key, trials, t => Of(t, key) is { } value ? value.AsNumber() : null);
        }

        string[] names = [.. values.Select(static v => v.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        double Height(string name) => names.Length == 1 ? (Bottom + Top) / 2 : Bottom - (Array.IndexOf(names, name) * (Bottom - Top) / (names.Length - 1));
        return new ParallelAxis(key, [.. names.Select(n => (n, Height(n)))], t => Of(t, key) is { } value ? Height(value.ToString()) : null);
    }

    private static ParallelAxis OfNumbers(string name, IReadOnlyList<TrialRow> trials, Func<TrialRow, double?> of)
    {
        double[] values = [.. trials.Select(of).OfType<double>().Where(double.IsFinite)];
        Scale scale = values.Length > 0 && values.Min() > 0 && values.Max() / values.Min() >= LogarithmicFrom
            ? Scale.Logarithmic(values, Bottom, Top)
            : Scale.Linear(values, Bottom, Top);
        double[] marks = values.Distinct().Count() <= 6 ? [.. values.Distinct().Order()] : [.. scale.Ticks];
        return new ParallelAxis(name, [.. marks.Select(v => (Show.Number(v), scale.Of(v)))], t => of(t) is { } v && double.IsFinite(v) ? scale.Of(v) : null);
    }

    private static ParameterValue? Of(TrialRow trial, string key) => trial.Parameters.TryGetValue(key, out ParameterValue value) ? value : default(ParameterValue?);
}
