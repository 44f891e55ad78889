using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;
using Pipeline.Workers.Agent;
using Pipeline.Workers.Training;

namespace Pipeline.Orchestrator.Tests;

/// <summary>A state folder with an orchestrator on it that can be stopped and started, and workers that reach it over HTTP.</summary>
internal sealed class HostFixture : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    private readonly string? _postgres;

    /// <summary>Takes a connection string where the state is to be on PostgreSQL, else null.</summary>
    public HostFixture(string? postgres)
    {
        _postgres = postgres;
        Blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
    }

    public string StateFolder => Path.Combine(_folder, "state");

    public DirectoryBlobStore Blobs { get; init; }

    public OrchestratorHost Host { get; private set; } = null!;

    /// <summary>What every sweep that comes as text becomes.</summary>
    public PreparedSweep Prepared { get; init; } = Sweep();

    public static PreparedSweep Sweep(int trials = 2, int epochs = 2, string device = "cpu") => PreparedSweep.Create(
        new SweepDefinition
        {
            Name = "test",
            Model = "bc-resnet",
            FeatureSet = "set",
            FrontEnd = "log-mel-40-torchaudio",
            Search = new SearchSpec(SearchMethod.Grid, 0, 7),
            Parameters = [new("train.learningRate", new Choice([.. Enumerable.Range(1, trials).Select(static i => (ParameterValue)(i / 10.0))]))],
            Seeds = [1],
            Objective = new ObjectiveSpec("val/accuracy", Maximize: true),
            Train = new TrainSpec { Epochs = epochs },
            Resources = new ResourceSpec { Device = device },
            Register = new RegisterSpec("kws", "challenger"),
        },
        new FeatureSetPlan
        {
            Format = FeatureSetPlan.CurrentFormat,
            Id = new FeatureSetId("0123456789abcdef"),
            Content = ShardContent.Audio,
            SampleRate = 16_000,
            ClipSamples = 16_000,
            Shape = [16_000],
            Classes = ["no", "yes"],
            RowsPerShard = 1,
            Clips = [.. Enumerable.Range(0, 2).Select(static i => new PlannedClip($"clip-{i}", i, "yes", "s", Split.Train, null, null, "", 1))],
        }.Named(),
        "code");

    public async Task<OrchestratorHost> StartAsync(bool onlySubmitted = false) => Host = await OrchestratorHost.StartAsync(
        new OrchestratorOptions { StateFolder = StateFolder, Postgres = _postgres, Blobs = Blobs, OnlySubmitted = onlySubmitted }, default);

    public async Task<OrchestratorHost> StartAsync(OuterDoor? outer, Action<IEndpointRouteBuilder, StateDatabase> mapRoutes) => Host = await OrchestratorHost.StartAsync(
        new OrchestratorOptions
        {
            StateFolder = StateFolder,
            Postgres = _postgres,
            Blobs = Blobs,
            Outer = outer,
            MapRoutes = mapRoutes,
            Prepare = (_, _) => Task.FromResult(Prepared),
        },
        default);

    public async Task<OrchestratorHost> StartAsync(Configuration.Deployment deployment) => Host = await OrchestratorHost.StartAsync(
        new OrchestratorOptions
        {
            StateFolder = StateFolder,
            Postgres = _postgres,
            Blobs = Blobs,
            Deployment = deployment,
            Prepare = (_, _) => Task.FromResult(Prepared),
        },
        default);

    /// <summary>A worker with a device, on which that many trials run at once.</summary>
    public WorkerAgent NewDeviceWorker(ITaskExecutor executor, int slots) => new(
        new WorkerOptions
        {
            Servers = [Host.Url],
            Slots = slots,
            Device = "cuda:0",
            RetryFor = TimeSpan.FromSeconds(5),
            Kinds = [ShardTask.Kind, TrialTask.Kind, TrialTask.CudaKind],
        },
        [executor]);

    public WorkerAgent NewWorker(ITaskExecutor executor, int slots = 1) => new(
        new WorkerOptions { Servers = [Host.Url], Slots = slots, RetryFor = TimeSpan.FromSeconds(5) }, [executor]);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Does tasks by arithmetic; what a test wants to go wrong, it says.</summary>
internal sealed class ArithmeticExecutor(IBlobStore blobs) : ITaskExecutor
{
    /// <summary>Called before each epoch of a trial and before each shard.</summary>
    public Func<TaskPayload, int, CancellationToken, Task> Before { get; init; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>The checkpoints that trials began from, in order.</summary>
    public List<int> Began { get; } = [];

    public bool Takes(TaskPayload payload) => true;

    public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        if (payload is ShardTask shard)
        {
            await Before(payload, 0, cancellationToken);
            string key = $"features/{shard.FeatureSet}/{shard.Shard}.parquet";
            await blobs.PutAsync(key, new byte[1], cancellationToken);
            return new ShardResult(shard.Shard, key, 1, 1, "");
        }

        TrialSpec spec = ((TrialTask)payload).Spec;
        lock (Began)
        {
            Began.Add(checkpoint?.Epoch ?? 0);
        }

        SortedDictionary<string, double> metrics = new(StringComparer.Ordinal) { ["val/accuracy"] = spec.Train.LearningRate, ["test/accuracy"] = 0.5 };
        for (int epoch = (checkpoint?.Epoch ?? 0) + 1; epoch <= spec.Train.Epochs; epoch++)
        {
            await Before(payload, epoch, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            observer.Log($"epoch {epoch}");
            observer.EpochEnded(new EpochReport(epoch, metrics, new Checkpoint(epoch, $"c{epoch}", "", 1), 100));
        }

        return new TrialResult
        {
            Parameters = 1, Epochs = spec.Train.Epochs, Metrics = metrics, Confusion = [[1, 0], [0, 1]], WeightsBlob = "w", WeightsSha256 = "", Seconds = 1,
        };
    }
}
