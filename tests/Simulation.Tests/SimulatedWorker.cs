using System.Text;
using System.Text.Json;
using Pipeline.Contracts;

namespace Pipeline.Simulation.Tests;

/// <summary>
/// A worker that does its tasks by arithmetic: what it measures is a pure function of the trial and the epoch, as real training is. It may be
/// cut off from the engine and come back as a ghost that still believes in its tokens.
/// </summary>
internal sealed class SimulatedWorker(World world, WorkerId id, StableRandom random)
{
    private const int Slots = 2;
    private readonly List<Held> _held = [];

    /// <summary>Does one thing: claims, is heard, gets a task further or hands it in.</summary>
    public async Task StepAsync(bool faults)
    {
        int action = random.NextInt(6);
        if (_held.Count == 0 || (action == 0 && _held.Count < Slots))
        {
            await ClaimAsync();
        }
        else if (action == 1)
        {
            HeartbeatResponse response = await world.Queue.HeartbeatAsync(
                new HeartbeatRequest(id, [.. _held.Select(static h => new HeldTask(h.Task.Task, h.Task.Token))]), default);
            _held.RemoveAll(h => response.Lost.Contains(h.Task.Task));
        }
        else
        {
            await WorkAsync(_held[random.NextInt(_held.Count)], faults);
        }
    }

    public async Task GoodbyeAsync()
    {
        await world.Queue.GoodbyeAsync(id, default);
        _held.Clear();
    }

    private async Task ClaimAsync()
    {
        ClaimResponse response = await world.Queue.ClaimAsync(
            new ClaimRequest(id, [ShardTask.Kind, TrialTask.Kind, BuildTask.Kind], 1 + random.NextInt(Slots), WaitSeconds: 0), default);
        _held.AddRange(response.Tasks.Select(static task => new Held(task) { Epoch = task.Checkpoint?.Epoch ?? 0 }));
    }

    private async Task WorkAsync(Held held, bool faults)
    {
        ClaimedTask task = held.Task;
        if (faults && random.NextInt(40) == 0)
        {
            await world.Queue.FailAsync(new TaskFailed(task.Task, task.Token, "a network hiccup", FailureKind.Transient), default);
            _held.Remove(held);
            return;
        }

        if (task.Payload is TrialTask trial && held.Epoch < trial.Spec.Train.Epochs)
        {
            int epoch = held.Epoch + 1;
            TrialProgress progress = new(
                task.Task, task.Token, epoch, Measure(trial.Spec, epoch), new Checkpoint(epoch, $"trials/{epoch}", "", 1), 100);
            if (await RepeatedAsync(faults, () => world.Queue.ProgressAsync(progress, default)))
            {
                held.Epoch = epoch;
            }
            else
            {
                _held.Remove(held);
            }

            return;
        }

        TaskResult result = await ResultAsync(task.Payload);
        await RepeatedAsync(faults, () => world.Queue.CompleteAsync(new TaskCompleted(task.Task, task.Token, result), default));
        _held.Remove(held);
    }

    /// <summary>Sends a call once, or twice as after an answer that got lost; both answers must be the same.</summary>
    private async Task<bool> RepeatedAsync(bool faults, Func<Task<TaskAck>> call)
    {
        TaskAck first = await call();
        if (faults && random.NextInt(4) == 0)
        {
            Assert.Equal(first, await call());
        }

        return first.Accepted;
    }

    private async Task<TaskResult> ResultAsync(TaskPayload payload)
    {
        if (payload is ShardTask { Shard: int shard })
        {
            ShardResult built = new(shard, $"features/{World.Plan.Id}/{shard}.parquet", World.Plan.RowsPerShard, 1, "");
            await world.PutShardAsync(built);
            return built;
        }

        if (payload is BuildTask build)
        {
            return await BuildAsync(build);
        }

        TrialSpec spec = ((TrialTask)payload).Spec;
        return new TrialResult
        {
            Parameters = 9232,
            Epochs = spec.Train.Epochs,
            Metrics = Measure(spec, spec.Train.Epochs),
            Confusion = [[1, 0], [0, 1]],
            WeightsBlob = "trials/weights",
            WeightsSha256 = "",
            Seconds = random.NextDouble(),
        };
    }

    private async Task<BuildResult> BuildAsync(BuildTask build)
    {
        byte[] program = Encoding.UTF8.GetBytes($"{build.Model} {build.Version} {build.Target.Name}");
        ArtifactReport report = new()
        {
            Target = build.Target.Name,
            AccuracyFloat = 0.9,
            AccuracyInt8 = 0.9,
            FlashBytes = 1,
            RamBytes = 1,
            InstructionsPerInference = 1,
            Mismatches = 0,
            Clips = 1,
            Path = $"artifacts/{build.Model}/{build.Version}/{build.Target.Name}",
        };
        ArtifactManifest manifest = new()
        {
            Model = build.Model,
            Version = build.Version,
            Description = build.Description,
            Report = report,
            Program = "program",
            Harness = "program",
            Files = [new ArtifactFile("program", program.Length, ContentHash.Of(program).Hex)],
        };
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, ContractsJson.Default.ArtifactManifest);
        await world.PutAsync($"{report.Path}/program", program);
        await world.PutAsync($"{report.Path}/{ArtifactManifest.FileName}", bytes);
        return new BuildResult(report, ContentHash.Of(bytes).Hex);
    }

    /// <summary>What a trial measures in an epoch, whoever runs it.</summary>
    public static SortedDictionary<string, double> Measure(TrialSpec spec, int epoch)
    {
        double learned = StableRandom.For(spec.Seed, spec.Train.LearningRate + spec.ModelParameters["tau"].ToString(), epoch).NextDouble();
        return new(StringComparer.Ordinal) { ["val/accuracy"] = learned, ["test/accuracy"] = learned / 2 };
    }

    private sealed class Held(ClaimedTask task)
    {
        public ClaimedTask Task { get; } = task;

        public int Epoch { get; set; }
    }
}
