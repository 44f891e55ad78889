using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline status|trials|logs</c>: how sweeps stand, also while another process runs them.</summary>
internal static class SweepVerbs
{
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> Sweep = new("SWEEP") { Description = "A sweep's name, its id, or the beginning of it." };

    private static readonly Argument<string?> OptionalSweep = new("SWEEP")
    {
        Description = "A sweep's name, its id, or the beginning of it; all sweeps where it is left out.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Argument<string> Trial = new("TRIAL") { Description = "A trial: SWEEP/NUMBER." };

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Goes on printing until the trial ends." };

    public static IEnumerable<Command> Create() =>
    [
        Verb.Of("status", "Shows how sweeps stand.", StatusAsync, OptionalSweep),
        Verb.Of("trials", "Shows the result table of a sweep.", TrialsAsync, Sweep),
        Verb.Of("logs", "Prints the log of a trial.", LogsAsync, Trial, Follow),
    ];

    private static async Task StatusAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        SweepQueries queries = new(state);
        if (context.Arguments.GetValue(OptionalSweep) is { } name)
        {
            SweepProgress progress = await queries.ProgressAsync(await queries.ResolveAsync(name, cancellationToken), null, cancellationToken);
            context.Printer.Result(SweepReport.Of(progress), CliJson.Default.SweepReport, writer => WriteProgress(writer, progress));
            return;
        }

        SweepListing[] sweeps = [.. (await queries.ListAsync(cancellationToken))
            .Select(s => new SweepListing(s.Id, s.State, s.Submitted, s.Trials, s.Ended, s.Best, s.Failure))];
        context.Printer.Result(sweeps, CliJson.Default.SweepListingArray, writer =>
        {
            TextTable table = new("sweep", "state", "ended", "trials", "best", "submitted");
            foreach (SweepListing s in sweeps)
            {
                table.Add(
                    s.Sweep.Value,
                    s.State.ToString().ToLowerInvariant(),
                    s.Ended.ToString(CultureInfo.InvariantCulture),
                    s.Trials.ToString(CultureInfo.InvariantCulture),
                    s.Best is { } best ? Format.Number(best) : "-",
                    Format.Time(s.Submitted));
            }

            table.Write(writer);
        });
    }

    private static void WriteProgress(TextWriter writer, SweepProgress progress)
    {
        writer.WriteLine($"{progress.Sweep}: {progress.State.ToString().ToLowerInvariant()}");
        if (progress.Failure is not null)
        {
            writer.WriteLine(progress.Failure);
        }

        writer.WriteLine($"  shards  {progress.ShardsDone} of {progress.Shards}");
        writer.WriteLine($"  trials  {progress.Trials.Count(t => Lifecycles.Trial.IsFinal(t.State))} of {progress.Trials.Count} ended");
        writer.WriteLine($"  epochs  {progress.EpochsDone} of {progress.Epochs}");
        if (progress.Best is { } best)
        {
            writer.WriteLine($"  best    {SweepTables.Objective(best.Objective, progress.Objective)} (trial {best.Number})");
        }
    }

    private static async Task TrialsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        SweepQueries queries = new(state);
        SweepProgress progress = await queries.ProgressAsync(await queries.ResolveAsync(context.Get(Sweep), cancellationToken), null, cancellationToken);
        TrialReport[] reports = [.. progress.Trials.Select(TrialReport.Of)];
        context.Printer.Result(reports, CliJson.Default.TrialReportArray, writer =>
        {
            SweepTables.WriteTrials(writer, progress.Trials, progress.Objective);
            SweepTables.WriteConfigurations(writer, progress.Trials, progress.Objective);
        });
    }

    private static async Task LogsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        SweepQueries queries = new(state);
        TrialId trial = await TrialNames.ResolveAsync(queries, context.Get(Trial), cancellationToken);
        List<string> lines = [];
        LogLine? last = null;
        while (true)
        {
            // Whether it ended is read before its lines, so that no line written in between is missed.
            bool ended = !context.Get(Follow) || await HasEndedAsync(queries, trial, cancellationToken);
            IReadOnlyList<LogLine> found = await queries.LogAsync(trial, last, cancellationToken);
            foreach (LogLine line in found)
            {
                lines.Add(line.Text);
                if (!context.Printer.IsJson)
                {
                    Console.Out.WriteLine(line.Text);
                }

                last = line;
            }

            if (found.Count > 0)
            {
                continue;
            }

            if (ended)
            {
                break;
            }

            await Task.Delay(FollowEvery, TimeProvider.System, cancellationToken);
        }

        context.Printer.Result(lines.ToArray(), CliJson.Default.StringArray, static _ => { });
    }

    private static async Task<bool> HasEndedAsync(SweepQueries queries, TrialId trial, CancellationToken cancellationToken) =>
        Lifecycles.Trial.IsFinal((await queries.TrialsAsync(trial.Sweep, cancellationToken))[trial.Number].State);
}
