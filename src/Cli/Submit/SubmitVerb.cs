using System.CommandLine;
using System.Globalization;
using System.Reflection;
using Pipeline.Cli.Output;
using Pipeline.Cli.Verbs;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.Mlflow;
using Pipeline.Storage.Blobs;

namespace Pipeline.Cli.Submit;

/// <summary>
/// <c>pipeline submit</c>: the orchestrator in this process, workers as child processes, to the end of the sweep. Killed and run again it goes on
/// where it was; run again after the end it prints the result again.
/// </summary>
internal static class SubmitVerb
{
    /// <summary>How long workers may take to end their step after a Ctrl-C before they are killed; a step is well below a second.</summary>
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(20);

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

    public static Command Create() => Verb.Of("submit", "Runs a sweep to its end.", RunAsync, File, Set, Dry, Workers);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        SweepFile file = SweepFile.Load(context.Get(File), deployment, context.Get(Set) ?? []);
        ProgressView view = new(context.Printer);
        if (context.Get(Dry))
        {
            PreparedSweep planned = await PrepareAsync(file, context.Workspace, view, cancellationToken);
            await DryRun.PrintAsync(context, planned, WorkersFor(planned, context) * deployment.Slots, cancellationToken);
            return 0;
        }

        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);

        // First, because two submits must not make the same data at once. Where the state is a file the orchestrator takes the lock.
        string? postgres = deployment.Postgres();
        using FolderLock? folderLock = postgres is null ? null : FolderLock.Take(deployment.StateFolder);
        await using OrchestratorHost host = await OrchestratorHost.StartAsync(
            new OrchestratorOptions
            {
                StateFolder = deployment.StateFolder,
                Postgres = postgres,
                Blobs = blobs,
                OnlySubmitted = true,
                MapRoutes = (routes, state) => routes.MapMlflow(state, blobs),
            },
            cancellationToken);
        PreparedSweep sweep = await PrepareAsync(file, context.Workspace, view, cancellationToken);
        SweepId id = await host.SubmitAsync(sweep, cancellationToken);
        SweepProgress progress = await host.ProgressAsync(id, cancellationToken);
        if (!progress.IsFinal)
        {
            int workers = WorkersFor(sweep, context);
            view.Note($"{id}: {sweep.Trials.Count} trials of {sweep.Definition.Model} on {sweep.Plan.Clips.Count} clips, {workers} workers");
            progress = await RunToEndAsync(host, id, workers, context, view, cancellationToken);
        }

        return SubmitSummary.Print(context.Printer, sweep, progress);
    }

    private static Task<PreparedSweep> PrepareAsync(SweepFile file, Workspace workspace, ProgressView view, CancellationToken cancellationToken)
    {
        string codeVersion = typeof(SubmitVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return SweepPreparation.PrepareAsync(file, workspace.DataFolder, codeVersion, new PlanPrinter(view.Note), cancellationToken);
    }

    private static async Task<SweepProgress> RunToEndAsync(
        OrchestratorHost host, SweepId id, int count, VerbContext context, ProgressView view, CancellationToken cancellationToken)
    {
        string[] config = context.Get(CommandTree.Config) is { } given ? ["--config", given] : [];
        await using LocalWorkers workers = new(
            ["worker", "--server", host.Url.ToString(), "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), .. config],
            count,
            process => host.WorkerEndedAsync(process, CancellationToken.None),
            view.Note);
        try
        {
            Task<SweepProgress> end = host.WaitAsync(id, cancellationToken);
            SweepProgress progress = await view.ShowAsync(EndOrGiveUpAsync(end, workers), () => host.ProgressAsync(id, CancellationToken.None));
            host.Drain();
            await workers.DrainAsync(DrainPatience);
            return progress;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Console.Error.WriteLine("Stopping: the workers end the step they are at. Ctrl-C again ends everything at once; nothing is lost either way.");
            host.Drain();
            await workers.DrainAsync(DrainPatience);
            Console.Error.WriteLine("Stopped. Run the same command to go on.");
            throw;
        }
    }

    private static async Task<SweepProgress> EndOrGiveUpAsync(Task<SweepProgress> end, LocalWorkers workers)
    {
        Task givenUp = workers.WhenAllGivenUpAsync();
        if (await Task.WhenAny(end, givenUp) == givenUp)
        {
            await givenUp;
        }

        return await end;
    }

    // More workers than there is work would only take memory.
    private static int WorkersFor(PreparedSweep sweep, VerbContext context)
    {
        if (context.Get(Workers) is { } asked)
        {
            return asked is > 0 and <= MaxWorkers ? asked : throw new BadInputException($"--workers {asked}: expected 1 to {MaxWorkers}.");
        }

        Deployment deployment = context.Workspace.Deployment;
        int perWorker = sweep.Definition.Resources.Threads * deployment.Slots;
        int fitting = deployment.LocalWorkers ?? Math.Max(1, Environment.ProcessorCount / perWorker);
        return Math.Min(fitting, Math.Max(sweep.Trials.Count, sweep.Plan.ShardCount));
    }
}
