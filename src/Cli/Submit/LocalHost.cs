using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.Mlflow;
using Pipeline.Storage.Blobs;

namespace Pipeline.Cli.Submit;

/// <summary>How an orchestrator of this process is reached from outside it.</summary>
/// <param name="Port">The port of loopback; 0: any free one.</param>
/// <param name="Outer">Where other machines come in; null: nowhere.</param>
/// <param name="Prepare">Makes a sweep ready that came as text.</param>
internal sealed record HostDoors(int Port, OuterDoor? Outer, Func<SweepText, CancellationToken, Task<PreparedSweep>> Prepare);

/// <summary>The orchestrator in this process, over the state of a workspace: for what this process asks for alone, or for everyone whom its doors let in.</summary>
internal sealed class LocalHost : IAsyncDisposable
{
    private readonly FolderLock? _lock;

    private LocalHost(OrchestratorHost host, FolderLock? folderLock) => (Host, _lock) = (host, folderLock);

    public OrchestratorHost Host { get; }

    /// <summary>Starts it for what this process asks for, alone on the state folder: where the state is a file it takes the folder's lock itself.</summary>
    public static Task<LocalHost> StartAsync(Workspace workspace, CancellationToken cancellationToken) => StartAsync(workspace, null, cancellationToken);

    /// <summary>Starts it with doors to the outside; where the state is on a server, beside any number of others.</summary>
    public static async Task<LocalHost> StartAsync(Workspace workspace, HostDoors? doors, CancellationToken cancellationToken)
    {
        Deployment deployment = workspace.Deployment;
        IBlobStore blobs = await workspace.OpenBlobsAsync(cancellationToken);
        string? postgres = deployment.Postgres();
        FolderLock? folderLock = postgres is null || doors is not null ? null : FolderLock.Take(deployment.StateFolder);
        try
        {
            OrchestratorHost host = await OrchestratorHost.StartAsync(
                new OrchestratorOptions
                {
                    StateFolder = deployment.StateFolder,
                    Postgres = postgres,
                    Blobs = blobs,
                    Deployment = deployment,
                    OnlySubmitted = doors is null,
                    Port = doors?.Port ?? 0,
                    Outer = doors?.Outer,
                    Prepare = doors?.Prepare,
                    MapRoutes = (routes, state) => routes.MapMlflow(state, blobs, TimeProvider.System, Promoter.AliasMovedAsync),
                },
                cancellationToken);
            return new LocalHost(host, folderLock);
        }
        catch
        {
            folderLock?.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _lock?.Dispose();
    }
}
