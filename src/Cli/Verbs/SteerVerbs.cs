using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline pause|resume|cancel|retry</c>: what a person does to sweeps while they run.</summary>
internal static class SteerVerbs
{
    private static readonly Argument<string> Sweep = new("SWEEP") { Description = "A sweep's name, its id, or the beginning of it." };

    private static readonly Argument<string> Trial = new("TRIAL") { Description = "A trial: SWEEP/NUMBER." };

    public static IEnumerable<Command> Create() =>
    [
        Of("pause", "Takes a sweep's trials back from the workers, each at its last checkpoint.", static (sweeps, name, token) => sweeps.PauseAsync(name, token)),
        Of("resume", "Lets a paused sweep go on where it was.", static (sweeps, name, token) => sweeps.ResumeAsync(name, token)),
        Of("cancel", "Ends a sweep; what ended stays in its table. Submitting it again goes on.", static (sweeps, name, token) => sweeps.CancelAsync(name, token)),
        Verb.Of("retry", "Runs a failed or cancelled trial again, from its last checkpoint.", RetryAsync, Trial, ServerAddress.Server, ServerAddress.TokenOption),
    ];

    private static Command Of(string name, string description, Func<ISweeps, string, CancellationToken, Task> act) => Verb.Of(
        name,
        description,
        async (context, cancellationToken) =>
        {
            await using ISweeps sweeps = await SweepVerbs.OpenAsync(context, cancellationToken);
            await act(sweeps, context.Get(Sweep), cancellationToken);
            await SayAsync(context, sweeps, context.Get(Sweep), cancellationToken);
        },
        Sweep,
        ServerAddress.Server,
        ServerAddress.TokenOption);

    private static async Task RetryAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using ISweeps sweeps = await SweepVerbs.OpenAsync(context, cancellationToken);
        TrialId trial = await TrialNames.ResolveAsync(sweeps, context.Get(Trial), cancellationToken);
        await sweeps.RetryAsync(trial, cancellationToken);
        await SayAsync(context, sweeps, trial.Sweep.Value, cancellationToken);
    }

    private static async Task SayAsync(VerbContext context, ISweeps sweeps, string sweep, CancellationToken cancellationToken)
    {
        Orchestrator.Sweeps.SweepProgress progress = await sweeps.ProgressAsync(sweep, cancellationToken);
        context.Printer.Result(SweepReport.Of(progress), CliJson.Default.SweepReport, writer => SweepVerbs.WriteProgress(writer, progress));
    }
}
