using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Simulation.Tests;

/// <summary>
/// One engine on a SQLite file, or several on one PostgreSQL database, with a clock that the simulation moves; they can be killed and started again.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private const int Shards = 3;
    private static int s_worlds;

    // In memory where the system has such a folder: a simulation has nothing to keep.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"pipeline-simulation-{Environment.ProcessId}-{Interlocked.Increment(ref s_worlds)}")).FullName;

    private readonly DirectoryBlobStore _blobs;
    private readonly string? _postgres;
    private readonly StableRandom _random = new(1);
    private readonly Orchestrator[] _orchestrators;

    /// <summary>Takes a connection string for several orchestrators on PostgreSQL, or null for one on SQLite; and when trials are ended early.</summary>
    public World(string? postgres = null, EarlyStoppingSpec? earlyStopping = null)
    {
        _postgres = postgres;
        _orchestrators = new Orchestrator[postgres is null ? 1 : 2];
        _blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        Prepared = Prepare(earlyStopping);
    }

    public static SweepDefinition Sweep { get; } = new()
    {
        Name = "simulated",
        Model = "bc-resnet",
        FeatureSet = "set",
        FrontEnd = "log-mel-40-torchaudio",
        Search = new SearchSpec(SearchMethod.Grid, 0, 7),
        Parameters = [new("model.tau", new Choice([1, 2])), new("train.learningRate", new Choice([0.1, 0.2]))],
        Seeds = [1, 2],
        Objective = new ObjectiveSpec("val/accuracy", Maximize: true),
        Train = new TrainSpec { Epochs = 4 },
        Resources = new ResourceSpec(),
        Register = new RegisterSpec("kws", "challenger"),
    };

    public static FeatureSetPlan Plan { get; } = new FeatureSetPlan
    {
        Format = FeatureSetPlan.CurrentFormat,
        Id = new FeatureSetId("0123456789abcdef"),
        Content = ShardContent.Audio,
        SampleRate = 16_000,
        ClipSamples = 16_000,
        Shape = [16_000],
        Classes = ["no", "yes"],
        RowsPerShard = 2,
        Clips = [.. Enumerable.Range(0, 2 * Shards).Select(static i => new PlannedClip($"clip-{i}", i % 2, "yes", "s", Split.Train, null, null, "", 1))],
    }.Named();

    public static DeploySpec Deploy { get; } = new()
    {
        Targets = [new TargetSpec("cortex-m4", "cortex-m4"), new TargetSpec("pi-aarch64", "pi-aarch64")],
        Promote = new PromoteSpec("champion", "lab"),
        Gates = [new Gate("accuracyInt8", 0.5, null)],
    };

    /// <summary>The sweep; longer and with more trials where some are ended early.</summary>
    public static PreparedSweep Prepare(EarlyStoppingSpec? earlyStopping) => PreparedSweep.Create(
        earlyStopping is null ? Sweep : Sweep with { EarlyStopping = earlyStopping, Seeds = [1, 2, 3, 4, 5], Train = new TrainSpec { Epochs = 9 } }, Plan, "code", Deploy);

    public ManualTime Time { get; } = new();

    public PreparedSweep Prepared { get; }

    /// <summary>The queue as some orchestrator answers for it.</summary>
    public TaskQueue Queue => Some.Queue;

    public EndCounter Ends { get; private set; } = null!;

    private Orchestrator Some => _orchestrators[_orchestrators.Length == 1 ? 0 : _random.NextInt(_orchestrators.Length)];

    public async Task StartAsync()
    {
        Ends = new EndCounter(new TrialRecorder(Time));
        for (int i = 0; i < _orchestrators.Length; i++)
        {
            _orchestrators[i] = await NewOrchestratorAsync();
        }
    }

    /// <summary>An orchestrator is killed, what it committed stays; and started again, as a second <c>submit</c> does.</summary>
    public async Task RestartAsync()
    {
        int killed = Array.IndexOf(_orchestrators, Some);
        await _orchestrators[killed].State.DisposeAsync();
        _orchestrators[killed] = await NewOrchestratorAsync();
    }

    public async Task<SweepState> AdvanceAsync() => (await Some.Engine.AdvanceAsync(Prepared.Id, default)).State;

    public Task<WorkerId> RegisterAsync() => Some.State.WriteAsync(
        t => new WorkerStore(t).AddAsync(new WorkerHello("host", 1, "cpu", 2, "", []), Time.GetUtcNow()), default);

    public Task PutAsync(string key, byte[] bytes) => _blobs.PutAsync(key, bytes, default);

    public Task PutShardAsync(ShardResult shard) => _blobs.PutAsync(shard.Blob, new byte[1], default);

    /// <summary>Everything that must not depend on workers and timing, as text.</summary>
    public async Task<string> TableAsync() => await Some.State.ReadAsync(
        async transaction =>
        {
            List<string> lines = [];
            foreach (TrialRecord trial in await new TrialStore(transaction).OfSweepAsync(Prepared.Id))
            {
                RunId run = RunId.For(trial.Spec.Trial);
                Run stored = (await new RunStore(transaction).FindAsync(run))!;
                IReadOnlyList<MetricPoint> history = await new MetricStore(transaction).HistoryAsync(run, "val/accuracy");
                lines.Add($"{trial.Number} {trial.State} {trial.Objective(Sweep.Objective)} {trial.Epoch} {stored.Info.Status} "
                    + string.Join(' ', stored.Params) + " | " + string.Join(' ', history.OrderBy(static p => p.Step).Select(static p => $"{p.Step}:{p.Value}")));
            }

            SweepRecord sweep = (await new SweepStore(transaction).FindAsync(Prepared.Id))!;
            IReadOnlyList<ModelVersion> versions = await new ModelStore(transaction).ListVersionsAsync("kws");
            IReadOnlyList<Promotion> log = await new ModelStore(transaction).HistoryAsync("kws");
            lines.Add($"{sweep.State} {sweep.Failure} {string.Join(' ', versions.Select(static v => $"{v.Version} {v.Run} {string.Join(',', v.Aliases)}"))} {log.Count}");
            lines.Add(string.Join(' ', log.Select(static p => $"{p.Alias} {p.Kind} {p.FromVersion} {p.ToVersion} {p.Fleet}")));
            foreach (TargetSpec target in Deploy.Targets)
            {
                FleetRelease? release = await Promoter.OpenFleets(_folder).CurrentAsync("lab", target.Name, default);
                lines.Add($"{release?.Target} {release?.Model} {release?.Version}");
            }

            return string.Join('\n', lines);
        },
        default);

    public async ValueTask DisposeAsync()
    {
        foreach (Orchestrator orchestrator in _orchestrators)
        {
            await orchestrator.State.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Orchestrator> NewOrchestratorAsync()
    {
        StateDatabase state = _postgres is null
            ? await StateDatabase.OpenAsync(Path.Combine(_folder, "state", "pipeline.db"), durable: false)
            : await StateDatabase.OpenPostgresAsync(_postgres);
        TaskQueue queue = new(state, Ends, Time);
        if (_postgres is null)
        {
            // It owns the state alone, so every worker of an earlier one is stale.
            await queue.RevokeAllAsync(default);
        }

        SweepEngine engine = new(state, _blobs, Promoter.Open(state, _blobs, _folder, Time), Time);
        await engine.SubmitAsync(Prepared, default);
        return new Orchestrator(state, queue, engine);
    }

    private sealed record Orchestrator(StateDatabase State, TaskQueue Queue, SweepEngine Engine);
}

/// <summary>Counts how often the end of each task was told.</summary>
internal sealed class EndCounter(ITaskListener inner) : ITaskListener
{
    public Dictionary<TaskId, int> Ends { get; } = [];

    public Task ClaimedAsync(StateTransaction transaction, TaskRecord task) => inner.ClaimedAsync(transaction, task);

    public Task<bool> AdvancedAsync(StateTransaction transaction, TaskRecord task, TrialProgress progress) => inner.AdvancedAsync(transaction, task, progress);

    public Task EndedAsync(StateTransaction transaction, TaskRecord task)
    {
        Ends[task.Id] = Ends.GetValueOrDefault(task.Id) + 1;
        return inner.EndedAsync(transaction, task);
    }
}
