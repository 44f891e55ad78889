using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Submit;

/// <summary>What a sweep came to: the table, the confusion matrix of the best, where it is registered, what to do next.</summary>
internal static class SubmitSummary
{
    /// <summary>Prints it; gives the exit code.</summary>
    /// <param name="printer">Where to.</param>
    /// <param name="classes">The classes, in the order of the confusion matrix.</param>
    /// <param name="progress">The sweep as it stands at its end.</param>
    public static int Print(Printer printer, IReadOnlyList<string> classes, SweepProgress progress)
    {
        printer.Result(SweepReport.Of(progress), CliJson.Default.SweepReport, writer => Write(writer, classes, progress, printer.IsTerminal));
        if (progress.State == SweepState.Succeeded)
        {
            return 0;
        }

        Console.Error.WriteLine($"pipeline: sweep {progress.Sweep} {progress.State.ToString().ToLowerInvariant()}: {progress.Failure}");
        return 1;
    }

    private static void Write(TextWriter writer, IReadOnlyList<string> classes, SweepProgress progress, bool colour)
    {
        writer.WriteLine();
        SweepTables.WriteTrials(writer, progress.Trials, progress.Objective);
        SweepTables.WriteConfigurations(writer, progress);
        if (progress.Best is not { } best)
        {
            return;
        }

        writer.WriteLine();
        writer.WriteLine($"best: trial {best.Number}, {progress.Objective.Metric} {SweepTables.Objective(best.Objective, progress.Objective)}, run {best.Run}");
        if (best.Confusion is { } confusion)
        {
            writer.WriteLine();
            ConfusionText.Write(writer, classes, confusion, colour);
        }

        if (progress is { Register: { } register, RegisteredVersion: { } version })
        {
            writer.WriteLine();
            writer.WriteLine($"registered as {register.Model}@{register.Alias}, version {version}");
            WriteArtifacts(writer, progress);
            writer.WriteLine($"next: pipeline predict {register.Model}@{register.Alias} FILE.wav");
        }
    }

    private static void WriteArtifacts(TextWriter writer, SweepProgress progress)
    {
        ArtifactReport[] artifacts = SweepReport.ArtifactsOf(progress);
        if (artifacts.Length > 0)
        {
            writer.WriteLine();
            ArtifactTables.Write(writer, artifacts);
            writer.WriteLine();
        }

        if (progress is { State: SweepState.Succeeded, Deploy.Promote: { } promote })
        {
            writer.WriteLine($"promoted to {progress.Register!.Model}@{promote.To}{(promote.Fleet is { } fleet ? $", published to fleet {fleet}" : "")}");
        }
    }
}
