using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Cli.Sweeps;
using Pipeline.Cli.Verbs;
using Pipeline.Contracts;
using Pipeline.Edge.Targets;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Submit;

/// <summary>
/// <c>pipeline submit</c>: the orchestrator in this process, workers as child processes, to the end of the sweep. Killed and run again it goes on
/// where it was; run again after the end it prints the result again.
/// </summary>
internal static class SubmitVerb
{
    /// <summary>Processes of one machine: more than any machine has uses for.</summary>
    private const int MaxWorkers = 256;

    private static readonly Argument<string> File = new("SWEEP") { Description = "The sweep's YAML file." };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Overrides a key of the sweep's file, for example train.epochs=2. May be given several times.",
        HelpName = "KEY=VALUE",
    };

    private static readonly Option<bool> Dry = new("--dry-run") { Description = "Says how many trials, hours and gigabytes it would take; runs nothing." };

    private static readonly Option<int?> Workers = new("--workers")
    {
        Description = "Worker processes. Default: workers.local of pipeline.yaml, or one for each core.",
        HelpName = "N",
    };

    private static readonly Option<string?> Device = new("--device") { Description = "Where trials run: cpu, or cuda:N; as --set resources.device=DEVICE.", HelpName = "DEVICE" };

    private static readonly Option<bool> Detach = new("--detach") { Description = "With --server: leaves the sweep to the server and returns." };

    /// <summary>The options of whatever runs a sweep.</summary>
    public static Symbol[] Options { get; } = [Set, Dry, Device, Workers, ServerAddress.Server, ServerAddress.TokenOption, Detach];

    public static Command Create() => Verb.Of(
        "submit",
        "Runs a sweep to its end, here or on a server.",
        static (context, cancellationToken) => RunAsync(context, () => SweepFile.Read(context.Get(File), Overrides(context)), cancellationToken),
        [File, .. Options]);

    /// <summary>What <c>--set</c> and <c>--device</c> override.</summary>
    public static string[] Overrides(VerbContext context) =>
        [.. context.Get(Set) ?? [], .. context.Get(Device) is { } device ? [$"resources.device={device}"] : (string[])[]];

    /// <summary>Runs a sweep to its end.</summary>
    public static async Task<int> RunAsync(VerbContext context, Func<SweepText> text, CancellationToken cancellationToken)
    {
        if (ServerAddress.Of(context) is { } server)
        {
            return await RunThereAsync(context, text(), server, cancellationToken);
        }

        if (context.Get(Detach))
        {
            throw new BadInputException("--detach needs --server: without one the sweep runs in this process.");
        }

        Deployment deployment = context.Workspace.Deployment;
        SweepFile file = SweepFile.Of(text(), deployment);
        ProgressView view = new(context.Printer);
        if (context.Get(Dry))
        {
            PreparedSweep planned = await PrepareAsync(file, context.Workspace, view, cancellationToken);
            WorkerSet set = WorkersFor(planned, file, context);
            await DryRun.PrintAsync(context, planned, set.Count * (set.Slots ?? deployment.Slots), cancellationToken);
            return 0;
        }

        WorkerVerb.RequireDevice(file.Definition.Resources.Device, "resources.device");
        Toolchain.Require((file.Deploy?.Targets ?? []).Select(BuiltInTargets.Get));

        // First, because two submits must not make the same data at once.
        await using LocalHost local = await LocalHost.StartAsync(context.Workspace, cancellationToken);
        OrchestratorHost host = local.Host;
        PreparedSweep sweep = await PrepareAsync(file, context.Workspace, view, cancellationToken);
        SweepId id = await host.SubmitAsync(sweep, cancellationToken);
        SweepProgress progress = await host.ProgressAsync(id, cancellationToken);
        if (!progress.IsFinal)
        {
            WorkerSet workers = WorkersFor(sweep, file, context);
            view.Note($"{id}: {sweep.Trials.Count} trials of {sweep.Definition.Model} on {sweep.Plan.ClipCount} clips, {workers.Count} workers");
            view.Note($"on a page: {new Uri(host.Url, $"sweeps/{id}")}");
            progress = await LocalRun.ToEndAsync(
                host,
                workers,
                context,
                view.Note,
                host.WaitAsync(id, cancellationToken),
                end => view.ShowAsync(end, () => host.ProgressAsync(id, CancellationToken.None)),
                cancellationToken);
        }

        return SubmitSummary.Print(context.Printer, sweep.Plan.Classes, progress);
    }

    /// <summary>Sends the sweep's text; the server reads it with its own pipeline.yaml. Ending this process ends nothing there.</summary>
    private static async Task<int> RunThereAsync(VerbContext context, SweepText text, ServerAddress server, CancellationToken cancellationToken)
    {
        if (context.Get(Dry) || context.Get(Workers) is not null)
        {
            throw new BadInputException("--dry-run and --workers are for sweeps of this machine; leave them out with --server.");
        }

        ProgressView view = new(context.Printer);
        await using ServerSweeps sweeps = new(server);
        SweepReceipt receipt = await sweeps.SubmitAsync(text, cancellationToken);
        view.Note($"{receipt.Sweep}: {receipt.Trials} trials of {receipt.Model} on {receipt.Clips} clips, at {server.Urls[0]}");
        if (context.Get(Detach))
        {
            SweepProgress now = await sweeps.ProgressAsync(receipt.Sweep.Value, cancellationToken);
            context.Printer.Result(SweepReport.Of(now), CliJson.Default.SweepReport, writer => writer.WriteLine($"watch it: pipeline watch {receipt.Sweep} --server {server.Urls[0]}"));
            return 0;
        }

        SweepProgress end = await view.WatchAsync(() => sweeps.ProgressAsync(receipt.Sweep.Value, cancellationToken), cancellationToken);
        return SubmitSummary.Print(context.Printer, receipt.Classes, end);
    }

    private static Task<PreparedSweep> PrepareAsync(SweepFile file, Workspace workspace, ProgressView view, CancellationToken cancellationToken) =>
        SweepPreparation.PrepareAsync(file, workspace.Sources, new PlanPrinter(view.Note), cancellationToken);

    // More workers than there is work would only take memory; a device has one, whose slots share it.
    private static WorkerSet WorkersFor(PreparedSweep sweep, SweepFile file, VerbContext context)
    {
        Deployment deployment = context.Workspace.Deployment;
        ResourceSpec resources = file.Definition.Resources;
        int work = Math.Max(Math.Max(sweep.Trials.Count, sweep.Plan.ShardCount), sweep.Deploy?.Targets.Count ?? 0);
        int fitting = resources.IsCuda ? 1 : Math.Max(1, Environment.ProcessorCount / (resources.Threads * (file.Slots ?? deployment.Slots)));
        int count = context.Get(Workers) switch
        {
            null => Math.Min(deployment.LocalWorkers ?? fitting, work),
            > 0 and <= MaxWorkers and var asked => asked,
            var asked => throw new BadInputException($"--workers {asked}: expected 1 to {MaxWorkers}."),
        };
        return new(count, resources.Device, file.Slots);
    }
}
