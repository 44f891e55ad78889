using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers;
using Pipeline.Workers.Agent;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline worker</c>: builds shards, runs trials and builds artifacts for an orchestrator.</summary>
internal static class WorkerVerb
{
    private static readonly Option<int> Slots = new("--slots")
    {
        Description = "Tasks that run at once. Default: workers.slots of pipeline.yaml.",
        HelpName = "N",
    };

    private static readonly Option<int?> Readers = new("--readers")
    {
        Description = "Threads that read a trial's batches ahead; change no result. Default: workers.readers of pipeline.yaml, or the trial's threads.",
        HelpName = "N",
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "Where it runs trials that ask for CUDA: cuda:N; it then takes such trials, besides those for the processor. One worker for each device.",
        HelpName = "DEVICE",
        DefaultValueFactory = static _ => "cpu",
    };

    private static readonly Option<int?> Parent = new("--parent")
    {
        Description = "Ends when this process, which started it, ends.",
        HelpName = "PID",
        Hidden = true,
    };

    public static Command Create() => Verb.Of("worker", "Builds shards, runs trials and builds artifacts for an orchestrator, until it is sent home.", RunAsync, ServerAddress.Server, ServerAddress.TokenOption, Device, Slots, Readers, Parent);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        ServerAddress server = ServerAddress.Of(context) ?? throw new BadInputException("--server is missing: the address of an orchestrator, as `pipeline up` prints it.");
        string device = context.Get(Device)!;
        RequireDevice(device, "--device");

        int slots = context.Get(Slots) is > 0 and var given ? given : context.Workspace.Deployment.Slots;
        WorkerOptions options = new()
        {
            Servers = server.Urls,
            Token = server.Token,
            Slots = slots,
            Device = device,
            Readers = ReadersOf(context),
            ParentProcess = context.Get(Parent),
            Version = CommandTree.ProgramVersion,
            Kinds = [.. Kinds(context.Printer), .. device == "cpu" ? (string[])[] : [TrialTask.CudaKind]],
        };
        await new WorkerAgent(options, await context.Workspace.OpenBlobsAsync(cancellationToken)).RunAsync(cancellationToken);
    }

    /// <summary>Refuses a device that is not there; the processor always is, and libtorch is not asked.</summary>
    /// <exception cref="BadInputException">It is not there.</exception>
    public static void RequireDevice(string device, string key)
    {
        if (device != "cpu")
        {
            LibTorch.Require(device, key);
        }
    }

    private static int? ReadersOf(VerbContext context) => context.Get(Readers) switch
    {
        null => context.Workspace.Deployment.Readers,
        >= 1 and <= BatchLoader.MaxReaders and var readers => readers,
        var readers => throw new BadInputException($"--readers is {readers}. Expected 1 to {BatchLoader.MaxReaders}."),
    };

    /// <summary>Builds for boards are left to workers that have a cross compiler and an emulator.</summary>
    private static IReadOnlyList<string> Kinds(Printer printer)
    {
        if (BuiltInTargets.All.Any(static t => Toolchain.Missing(t).Count == 0))
        {
            return [ShardTask.Kind, TrialTask.Kind, BuildTask.Kind];
        }

        printer.Note("this worker builds for no board: eng/edge-tools.sh installs the compilers and emulators");
        return [ShardTask.Kind, TrialTask.Kind];
    }
}
