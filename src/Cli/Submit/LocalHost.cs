using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Registry.Mlflow;
using Pipeline.Storage.Blobs;

namespace Pipeline.Cli.Submit;

/// <summary>The orchestrator in this process, over the state of a workspace, working only on what this process asks for.</summary>
internal sealed class LocalHost : IAsyncDisposable
{
    private readonly FolderLock? _lock;

    private LocalHost(OrchestratorHost host, FolderLock? folderLock) => (Host, _lock) = (host, folderLock);

    public OrchestratorHost Host { get; }

    /// <summary>Starts it, alone on the state folder: where the state is a file it takes the folder's lock itself.</summary>
    public static async Task<LocalHost> StartAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        Deployment deployment = workspace.Deployment;
        IBlobStore blobs = await workspace.OpenBlobsAsync(cancellationToken);
        string? postgres = deployment.Postgres();
        FolderLock? folderLock = postgres is null ? null : FolderLock.Take(deployment.StateFolder);
        try
        {
            OrchestratorHost host = await OrchestratorHost.StartAsync(
                new OrchestratorOptions
                {
                    StateFolder = deployment.StateFolder,
                    Postgres = postgres,
                    Blobs = blobs,
                    OnlySubmitted = true,
                    MapRoutes = (routes, state) => routes.MapMlflow(state, blobs),
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
