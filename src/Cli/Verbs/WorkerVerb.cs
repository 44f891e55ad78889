using System.CommandLine;
using System.Reflection;
using Pipeline.Contracts;
using Pipeline.Workers.Agent;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline worker</c>: builds shards, runs trials and builds artifacts for an orchestrator.</summary>
internal static class WorkerVerb
{
    private static readonly Option<string> Server = new("--server") { Description = "The orchestrator's address.", HelpName = "URL", Required = true };

    private static readonly Option<int> Slots = new("--slots")
    {
        Description = "Tasks that run at once. Default: workers.slots of pipeline.yaml.",
        HelpName = "N",
    };

    private static readonly Option<int?> Parent = new("--parent")
    {
        Description = "Ends when this process, which started it, ends.",
        HelpName = "PID",
        Hidden = true,
    };

    public static Command Create() => Verb.Of("worker", "Builds shards, runs trials and builds artifacts for an orchestrator, until it is sent home.", RunAsync, Server, Slots, Parent);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        string text = context.Get(Server)!;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? server) || !server.IsLoopback || server.Scheme != Uri.UriSchemeHttp)
        {
            throw new BadInputException($"--server {text}: expected an address of this machine, for example http://127.0.0.1:5000.");
        }

        int slots = context.Get(Slots) is > 0 and var given ? given : context.Workspace.Deployment.Slots;
        WorkerOptions options = new()
        {
            Server = server,
            Slots = slots,
            ParentProcess = context.Get(Parent),
            Version = typeof(WorkerVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        };
        await new WorkerAgent(options, await context.Workspace.OpenBlobsAsync(cancellationToken)).RunAsync(cancellationToken);
    }
}
