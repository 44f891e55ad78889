using Pipeline.Cli.Verbs;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli;

/// <summary>A deployment on this machine: its <c>pipeline.yaml</c>, or the defaults where there is none, and the state kept beside it.</summary>
internal sealed class Workspace(string? file)
{
    private readonly Lazy<Deployment> _deployment = new(() => Deployment.Load(file));

    /// <summary>What pipeline.yaml says.</summary>
    /// <exception cref="BadInputException">The file is not as expected.</exception>
    public Deployment Deployment => _deployment.Value;

    /// <summary>The file that was named, or the one that is looked for.</summary>
    public string File => file ?? Deployment.DefaultFile;

    /// <summary>The file of the state.</summary>
    public string StateFile => OrchestratorOptions.DatabaseFile(Deployment.StateFolder);

    /// <summary>Whether a state was made here, or is on a server.</summary>
    public bool HasState => Deployment.Postgres() is not null || System.IO.File.Exists(StateFile);

    /// <summary>The folder of synthesised recordings.</summary>
    public string DataFolder => Path.Combine(Deployment.StateFolder, "data");

    /// <summary>Opens the state that a sweep left here.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public Task<StateDatabase> OpenStateAsync(CancellationToken cancellationToken) =>
        HasState
            ? CreateStateAsync(cancellationToken)
            : throw new BadInputException(
                $"There is no state yet: '{StateFile}' does not exist. Run `pipeline submit SWEEP` first, or run this where it was run.");

    /// <summary>The registered version that a text names.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public async Task<ModelVersion> FindModelAsync(string text, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await OpenStateAsync(cancellationToken);
        return await ModelReference.FindAsync(state, text, cancellationToken);
    }

    /// <summary>Opens the state, or makes it.</summary>
    public Task<StateDatabase> CreateStateAsync(CancellationToken cancellationToken) => Deployment.Postgres() is { } postgres
        ? StateDatabase.OpenPostgresAsync(postgres, cancellationToken)
        : StateDatabase.OpenAsync(StateFile, cancellationToken: cancellationToken);

    /// <summary>Opens the blobs.</summary>
    public async Task<IBlobStore> OpenBlobsAsync(CancellationToken cancellationToken) => Deployment.AzureBlobs() is { } azure
        ? await AzureBlobStore.OpenAsync(azure, TimeProvider.System, cancellationToken)
        : new DirectoryBlobStore(Deployment.BlobFolder);
}
