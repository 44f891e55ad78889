using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Submit;

/// <summary>How far a sweep is, in words: one line for a file, a block for a terminal.</summary>
internal static class ProgressText
{
    private const int BarWidth = 32;
    private const int MaxRunningShown = 12;

    /// <summary>What a new line is worth printing for: the time left changes always.</summary>
    public static (int Shards, int Epochs, int Ended, SweepState State, string Builds) Marks(SweepProgress progress) =>
        (progress.ShardsDone, progress.EpochsDone, Ended(progress), progress.State, string.Join(", ", progress.Builds.Select(Build)));

    /// <summary>How far a build is.</summary>
    public static string Build(BuildRow build) => $"{build.Target.Name} " + (build.State switch
    {
        TaskState.Ready => "waiting",
        TaskState.Leased => build.Note ?? "building",
        _ => build.State.ToString().ToLowerInvariant(),
    });

    /// <summary>One line.</summary>
    public static string Line(SweepProgress progress)
    {
        if (progress.State == SweepState.Preparing)
        {
            return $"features: {progress.ShardsDone} of {progress.Shards} shards";
        }

        if (progress.State == SweepState.Deploying)
        {
            return progress.Builds.Count == 0 ? "building artifacts" : "building artifacts: " + string.Join(", ", progress.Builds.Select(Build));
        }

        List<string> parts = [$"trials {Ended(progress)} of {progress.Trials.Count}", $"epochs {progress.EpochsDone} of {progress.Epochs}"];
        parts.AddRange(Running(progress).Select(t => $"#{t.Number} epoch {t.Epochs}/{t.EpochsPlanned}{Validation(t)}"));
        parts.AddRange(Totals(progress));
        return string.Join(", ", parts);
    }

    /// <summary>A block of lines.</summary>
    public static IReadOnlyList<string> Block(SweepProgress progress)
    {
        List<string> lines =
        [
            $"{progress.Sweep}",
            $"  features  {Bar(progress.ShardsDone, progress.Shards)} {progress.ShardsDone} of {progress.Shards} shards",
            $"  epochs    {Bar(progress.EpochsDone, progress.Epochs)} {progress.EpochsDone} of {progress.Epochs}, "
                + $"{Ended(progress)} of {progress.Trials.Count} trials ended",
        ];
        foreach (TrialRow trial in Running(progress).Take(MaxRunningShown))
        {
            lines.Add($"  trial {trial.Number,-3} {Bar(trial.Epochs, trial.EpochsPlanned)} epoch {trial.Epochs} of {trial.EpochsPlanned}{Validation(trial)}");
        }

        lines.AddRange(progress.Builds.Select(build => $"  artifact  {Build(build)}"));
        if (Totals(progress) is { Length: > 0 } totals)
        {
            lines.Add("  " + string.Join(", ", totals));
        }

        return lines;
    }

    private static string[] Totals(SweepProgress progress)
    {
        List<string> parts = [];
        if (progress.Best is { } best)
        {
            parts.Add($"best {SweepTables.Objective(best.Objective, progress.Objective)} (trial {best.Number})");
        }

        if (progress.ClipsPerSecond > 0)
        {
            parts.Add(progress.ClipsPerSecond.ToString("N0", CultureInfo.InvariantCulture) + " clips/s");
        }

        if (progress.SecondsLeft is { } seconds)
        {
            parts.Add($"about {Format.Duration(TimeSpan.FromSeconds(seconds))} left");
        }

        return [.. parts];
    }

    private static int Ended(SweepProgress progress) => progress.Trials.Count(t => Lifecycles.Trial.IsFinal(t.State));

    private static IEnumerable<TrialRow> Running(SweepProgress progress) => progress.Trials.Where(t => t.State == TrialState.Running);

    private static string Validation(TrialRow trial) =>
        trial.Metrics is { } metrics && metrics.TryGetValue("val/accuracy", out double accuracy) ? $" val {Format.Percent(accuracy)}" : "";

    private static string Bar(int done, int total)
    {
        int filled = total == 0 ? 0 : (int)((long)BarWidth * done / total);
        return new string('━', filled) + new string('─', BarWidth - filled);
    }
}
