using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Output;

/// <summary>A sweep's result as text.</summary>
internal static class SweepTables
{
    /// <summary>A row for each trial: the parameters that differ between trials, the objective, the test accuracy.</summary>
    public static void WriteTrials(TextWriter writer, IReadOnlyList<TrialRow> trials, ObjectiveSpec objective)
    {
        string[] varied = [.. trials.SelectMany(t => t.Parameters.Keys).Distinct().Order(StringComparer.Ordinal)
            .Where(key => trials.Select(t => Value(t, key)).Distinct().Count() > 1)];
        bool seeds = trials.Select(t => t.Seed).Distinct().Count() > 1;
        bool folds = trials.Any(static t => t.Fold is not null);
        TextTable table = new(["trial", "state", .. varied, .. Columns(seeds, "seed"), .. Columns(folds, "fold"), objective.Metric, "test accuracy", "epochs", "seconds"]);
        foreach (TrialRow trial in trials)
        {
            table.Add(
            [
                trial.Number.ToString(CultureInfo.InvariantCulture),
                trial.State.ToString().ToLowerInvariant(),
                .. varied.Select(key => Value(trial, key)),
                .. Columns(seeds, trial.Seed.ToString(CultureInfo.InvariantCulture)),
                .. Columns(folds, trial.Fold?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                Objective(trial.Objective, objective),
                trial.Metrics is { } metrics && metrics.TryGetValue("test/accuracy", out double accuracy) ? Format.Percent(accuracy) : "-",
                $"{trial.Epochs}/{trial.EpochsPlanned}",
                trial.Seconds is { } seconds ? seconds.ToString("F1", CultureInfo.InvariantCulture) : "-",
            ]);
        }

        table.Write(writer);
        foreach (TrialRow failed in trials.Where(t => t.Failure is not null))
        {
            writer.WriteLine($"trial {failed.Number} failed: {failed.Failure}");
        }
    }

    /// <summary>Mean and deviation over the seeds of each configuration; nothing where no configuration has several, nor a name.</summary>
    public static void WriteConfigurations(TextWriter writer, SweepProgress progress)
    {
        IReadOnlyList<ConfigurationRow> rows = ConfigurationRow.Of(progress.Trials, progress.ConfigurationNames);
        if (rows.Count == progress.Trials.Count && progress.ConfigurationNames is null)
        {
            return;
        }

        writer.WriteLine();
        (progress.ConfigurationNames is null ? Seeds(rows, progress.Objective) : Ablation(rows, progress.Objective)).Write(writer);
        if (progress.Trials.Any(static t => t.Fold is not null))
        {
            writer.WriteLine();
            Pooled(rows).Write(writer);
        }
    }

    /// <summary>The test predictions of all folds of a configuration together: every clip of the set once for each seed.</summary>
    private static TextTable Pooled(IReadOnlyList<ConfigurationRow> rows)
    {
        TextTable table = new("all folds together", "accuracy", "UAR", "macro F1");
        foreach (ConfigurationRow row in rows.Where(static r => r.Pooled is not null))
        {
            table.Add(row.Name ?? Parameters(row), Format.Percent(row.Pooled!.Accuracy), Format.Percent(row.Pooled.Uar), Format.Percent(row.Pooled.MacroF1));
        }

        return table;
    }

    private static TextTable Seeds(IReadOnlyList<ConfigurationRow> rows, ObjectiveSpec objective)
    {
        TextTable table = new("parameters", "trials", "mean " + objective.Metric, "deviation", "mean test accuracy", "deviation");
        foreach (ConfigurationRow row in rows)
        {
            table.Add(
                Parameters(row),
                row.Succeeded.ToString(CultureInfo.InvariantCulture),
                Objective(row.Objective.Mean, objective),
                Objective(row.Objective.Deviation, objective),
                Percent(row.TestAccuracy.Mean),
                Percent(row.TestAccuracy.Deviation));
        }

        return table;
    }

    /// <summary>The whole, then its parts, that whose loss costs most first.</summary>
    private static TextTable Ablation(IReadOnlyList<ConfigurationRow> rows, ObjectiveSpec objective)
    {
        TextTable table = new("configuration", "trials", objective.Metric, "change", "test accuracy", "change");
        foreach (ConfigurationRow row in rows.OrderBy(r => r.Configuration == 0 ? double.NegativeInfinity : (r.ObjectiveChange?.Mean ?? 0) * (objective.Maximize ? 1 : -1)))
        {
            table.Add(
                row.Name!,
                row.Succeeded.ToString(CultureInfo.InvariantCulture),
                WithDeviation(row.Objective, v => Objective(v, objective)),
                row.ObjectiveChange is { } change ? WithDeviation(change, v => Objective(v, objective)) : "",
                WithDeviation(row.TestAccuracy, Percent),
                row.TestAccuracyChange is { } accuracy ? WithDeviation(accuracy, Percent) : "");
        }

        return table;
    }

    private static string Parameters(ConfigurationRow row) => string.Join(' ', row.Parameters.Select(static p => $"{p.Key}={p.Value}"));

    private static string WithDeviation(Spread spread, Func<double?, string> text) =>
        spread.Deviation is null ? text(spread.Mean) : $"{text(spread.Mean)} ± {text(spread.Deviation)}";

    /// <summary>An objective's value: a fraction as per cent where it is no loss.</summary>
    public static string Objective(double? value, ObjectiveSpec objective) => value is not { } number ? "-"
        : !objective.Metric.EndsWith("/loss", StringComparison.Ordinal) ? Format.Percent(number)
        : Format.Number(number);

    private static string Percent(double? fraction) => fraction is { } number ? Format.Percent(number) : "-";

    private static string Value(TrialRow trial, string key) => trial.Parameters.TryGetValue(key, out ParameterValue value) ? value.ToString() : "-";

    private static string[] Columns(bool wanted, string column) => wanted ? [column] : [];
}
