using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>How trials that will not win are found.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<EarlyStoppingMethod>))]
public enum EarlyStoppingMethod
{
    /// <summary>Successive halving, each trial judged as it comes: at a rung it must be among the best 1/eta of the trials that came before it.</summary>
    Asha,

    /// <summary>At every rung a trial must not be below the median of the trials before it.</summary>
    Median,
}

/// <summary>When trials are ended early.</summary>
/// <param name="Method">How they are judged.</param>
/// <param name="Metric">The metric, measured every epoch, that they are judged by; a loss is better where it is less.</param>
/// <param name="MinEpochs">The first rung: no trial ends before it.</param>
/// <param name="Eta">ASHA: each rung is so many times the one before, and one in so many goes on.</param>
public sealed record EarlyStoppingSpec(EarlyStoppingMethod Method, string Metric, int MinEpochs, int Eta);

/// <summary>What becomes of a trial at a rung.</summary>
internal enum Verdict
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It ends here.</summary>
    Stop,

    /// <summary>A trial before it has not come to the rung yet: it rests at its checkpoint, and its worker does something else.</summary>
    Wait,
}

/// <summary>A trial at a rung: what it measured there, and whether it will never measure anything more.</summary>
internal readonly record struct AtRung(double? Value, bool Ended);

/// <summary>
/// Judges trials at rungs: a trial is compared with those of lower number alone, all of which have come to the rung or ended. So the verdict is a
/// pure function of what trials measured, and the same trials end at the same epochs whatever the workers and the timing. The lowest trial that
/// has not ended never waits, so the sweep always goes on.
/// </summary>
/// <remarks>
/// Li et al., "A System for Massively Parallel Hyperparameter Tuning" (MLSys 2020), in the form that stops trials instead of promoting them; Golovin et
/// al., "Google Vizier" (KDD 2017), 3.2.2 for the median.
/// </remarks>
internal static class EarlyStoppingRules
{
    /// <summary>Trials that the median needs before it says anything (Optuna's default).</summary>
    private const int MedianOf = 5;

    /// <summary>Whether trials are judged after this epoch: none is after its last.</summary>
    public static bool IsRung(EarlyStoppingSpec spec, int epoch, int epochs)
    {
        if (epoch < spec.MinEpochs || epoch >= epochs)
        {
            return false;
        }

        if (spec.Method == EarlyStoppingMethod.Median)
        {
            return epoch % spec.MinEpochs == 0;
        }

        long rung = spec.MinEpochs;
        while (rung < epoch)
        {
            rung *= spec.Eta;
        }

        return rung == epoch;
    }

    /// <summary>Judges a trial by what it measured at a rung and the trials of lower number, in any order.</summary>
    public static Verdict Judge(EarlyStoppingSpec spec, double own, IEnumerable<AtRung> lower)
    {
        List<double> values = [];
        foreach (AtRung trial in lower)
        {
            if (trial.Value is { } value)
            {
                values.Add(Merit(spec, value));
            }
            else if (!trial.Ended)
            {
                return Verdict.Wait;
            }
        }

        double merit = Merit(spec, own);
        bool goesOn = spec.Method == EarlyStoppingMethod.Asha
            ? values.Count(v => v >= merit) < Math.Max(1, (values.Count + 1) / spec.Eta)
            : values.Count < MedianOf || merit >= Median(values);
        return goesOn ? Verdict.Continue : Verdict.Stop;
    }

    /// <summary>The greater the better; what is not a number is worst.</summary>
    private static double Merit(EarlyStoppingSpec spec, double value) =>
        double.IsNaN(value) ? double.NegativeInfinity : spec.Metric.EndsWith("/loss", StringComparison.Ordinal) ? -value : value;

    private static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
