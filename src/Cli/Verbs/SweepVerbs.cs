using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Cli.Submit;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

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
        Verb.Of("status", "Shows how sweeps stand.", StatusAsync, OptionalSweep, ServerAddress.Server, ServerAddress.TokenOption),
        Verb.Of("watch", "Shows a sweep live until it has ended; ending the watch ends nothing else.", WatchAsync, Sweep, ServerAddress.Server, ServerAddress.TokenOption),
        Verb.Of("trials", "Shows the result table of a sweep.", TrialsAsync, Sweep, ServerAddress.Server, ServerAddress.TokenOption),
        Verb.Of("logs", "Prints the log of a trial.", LogsAsync, Trial, Follow, ServerAddress.Server, ServerAddress.TokenOption),
    ];

    /// <summary>The sweeps that the command line means: those of a server, or of this deployment.</summary>
    public static async Task<ISweeps> OpenAsync(VerbContext context, CancellationToken cancellationToken) => ServerAddress.Of(context) is { } server
        ? new ServerSweeps(server)
        : new LocalSweeps(await context.Workspace.OpenStateAsync(cancellationToken));

    private static async Task StatusAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using ISweeps sweeps = await OpenAsync(context, cancellationToken);
        if (context.Arguments.GetValue(OptionalSweep) is { } name)
        {
            SweepProgress progress = await sweeps.ProgressAsync(name, cancellationToken);
            context.Printer.Result(SweepReport.Of(progress), CliJson.Default.SweepReport, writer => WriteProgress(writer, progress));
            return;
        }

        SweepListing[] listings = [.. (await sweeps.ListAsync(cancellationToken))
            .Select(s => new SweepListing(s.Id, s.State, s.Submitted, s.Trials, s.Ended, s.Best, s.Failure))];
        context.Printer.Result(listings, CliJson.Default.SweepListingArray, writer =>
        {
            TextTable table = new("sweep", "state", "ended", "trials", "best", "submitted");
            foreach (SweepListing s in listings)
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

    private static async Task WatchAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using ISweeps sweeps = await OpenAsync(context, cancellationToken);
        string name = context.Get(Sweep);
        SweepProgress progress = await new ProgressView(context.Printer).WatchAsync(() => sweeps.ProgressAsync(name, cancellationToken), cancellationToken);
        context.Printer.Result(SweepReport.Of(progress), CliJson.Default.SweepReport, writer => WriteProgress(writer, progress));
    }

    /// <summary>How a sweep stands, in a few lines.</summary>
    public static void WriteProgress(TextWriter writer, SweepProgress progress)
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
        await using ISweeps sweeps = await OpenAsync(context, cancellationToken);
        SweepProgress progress = await sweeps.ProgressAsync(context.Get(Sweep), cancellationToken);
        TrialReport[] reports = [.. progress.Trials.Select(TrialReport.Of)];
        context.Printer.Result(reports, CliJson.Default.TrialReportArray, writer =>
        {
            SweepTables.WriteTrials(writer, progress.Trials, progress.Objective);
            SweepTables.WriteConfigurations(writer, progress);
        });
    }

    private static async Task LogsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using ISweeps sweeps = await OpenAsync(context, cancellationToken);
        TrialId trial = await TrialNames.ResolveAsync(sweeps, context.Get(Trial), cancellationToken);
        List<string> lines = [];
        LogLine? last = null;
        while (true)
        {
            // Whether it ended is read before its lines, so that no line written in between is missed.
            bool ended = !context.Get(Follow) || await HasEndedAsync(sweeps, trial, cancellationToken);
            IReadOnlyList<LogLine> found = await sweeps.LogAsync(trial, last, cancellationToken);
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

    private static async Task<bool> HasEndedAsync(ISweeps sweeps, TrialId trial, CancellationToken cancellationToken) =>
        Lifecycles.Trial.IsFinal((await sweeps.ProgressAsync(trial.Sweep.Value, cancellationToken)).Trials[trial.Number].State);
}
