using Pipeline.Cli.Verbs;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Zoo;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli;

/// <summary>A deployment on this machine: its <c>pipeline.yaml</c>, or the defaults where there is none, and the state kept beside it.</summary>
internal sealed class Workspace(string? file)
{
    private readonly Lazy<Deployment> _deployment = new(() =>
    {
        Deployment deployment = Deployment.Load(file);
        ModelZoo.Add(deployment.ModelAssemblies);
        return deployment;
    });

    /// <summary>What pipeline.yaml says. The models of one's own that it names can be trained from then on.</summary>
    /// <exception cref="BadInputException">The file is not as expected, or an assembly that it names.</exception>
    public Deployment Deployment => _deployment.Value;

    /// <summary>The version of the code that decides results: the program's, and that of models of one's own.</summary>
    public string CodeVersion => Deployment.ModelAssemblies is { Count: > 0 } assemblies
        ? $"{CommandTree.ProgramVersion} models {ContentHash.OfText(string.Join('\n', assemblies.Select(static a => ContentHash.Of(System.IO.File.ReadAllBytes(a)).Hex))).Hex[..8]}"
        : CommandTree.ProgramVersion;

    /// <summary>The file that was named, or the one that is looked for.</summary>
    public string File => file ?? Deployment.DefaultFile;

    /// <summary>The file of the state.</summary>
    public string StateFile => OrchestratorOptions.DatabaseFile(Deployment.StateFolder);

    /// <summary>Whether a state was made here, or is on a server.</summary>
    public bool HasState => Deployment.Postgres() is not null || System.IO.File.Exists(StateFile);

    /// <summary>The folder of synthesised recordings.</summary>
    public string DataFolder => Path.Combine(Deployment.StateFolder, "data");

    /// <summary>What sweeps are made ready from, beside their files.</summary>
    public SweepSources Sources => new(DataFolder, CodeVersion, FindModelAsync, BuiltPlanAsync);

    /// <summary>The plan of a built feature set.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public async Task<FeatureSetPlan> BuiltPlanAsync(FeatureSetId id, CancellationToken cancellationToken) =>
        await FeatureSetPlan.ReadAsync(await OpenBlobsAsync(cancellationToken), id, cancellationToken);

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
