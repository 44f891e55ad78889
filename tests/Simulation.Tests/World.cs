using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Simulation.Tests;

/// <summary>The engine on a real store in a temporary folder, with a clock that the simulation moves; it can be killed and started again.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int Shards = 3;
    private static int s_worlds;

    // In memory where the system has such a folder: a simulation has nothing to keep.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"pipeline-simulation-{Environment.ProcessId}-{Interlocked.Increment(ref s_worlds)}")).FullName;

    private readonly DirectoryBlobStore _blobs;
    private StateDatabase? _state;
    private SweepEngine? _engine;

    public World()
    {
        _blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        Prepared = PreparedSweep.Create(Sweep, Plan, "code");
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

    public static FeatureSetPlan Plan { get; } = new()
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
    };

    public ManualTime Time { get; } = new();

    public PreparedSweep Prepared { get; }

    public TaskQueue Queue { get; private set; } = null!;

    public EndCounter Ends { get; private set; } = null!;

    /// <summary>Starts the engine, as a second <c>submit</c> does after a kill.</summary>
    public async Task StartAsync()
    {
        _state = await StateDatabase.OpenAsync(Path.Combine(_folder, "state", "pipeline.db"), durable: false);
        Ends ??= new EndCounter(new TrialRecorder(Time));
        Queue = new TaskQueue(_state, Ends, Time);
        _engine = new SweepEngine(_state, _blobs, Queue, Time);
        await Queue.RevokeAllAsync(default);
        await _engine.SubmitAsync(Prepared, default);
    }

    /// <summary>The engine is gone; what was committed stays.</summary>
    public async Task KillAsync() => await _state!.DisposeAsync();

    public async Task<SweepState> AdvanceAsync() => (await _engine!.AdvanceAsync(Prepared.Id, default)).State;

    public Task<WorkerId> RegisterAsync() => _state!.WriteAsync(
        t => new WorkerStore(t).AddAsync(new WorkerHello("host", 1, "cpu", 2, "", []), Time.GetUtcNow()), default);

    public Task PutShardAsync(ShardResult shard) => _blobs.PutAsync(shard.Blob, new byte[1], default);

    /// <summary>Everything that must not depend on workers and timing, as text.</summary>
    public async Task<string> TableAsync() => await _state!.ReadAsync(
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
            return string.Join('\n', lines);
        },
        default);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Counts how often the end of each task was told.</summary>
internal sealed class EndCounter(ITaskListener inner) : ITaskListener
{
    public Dictionary<TaskId, int> Ends { get; } = [];

    public Task ClaimedAsync(StateTransaction transaction, TaskRecord task) => inner.ClaimedAsync(transaction, task);

    public Task AdvancedAsync(StateTransaction transaction, TaskRecord task, TrialProgress progress) => inner.AdvancedAsync(transaction, task, progress);

    public Task EndedAsync(StateTransaction transaction, TaskRecord task)
    {
        Ends[task.Id] = Ends.GetValueOrDefault(task.Id) + 1;
        return inner.EndedAsync(transaction, task);
    }
}
