using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>
/// Takes the steps that <see cref="SweepRules"/> decides. Several orchestrators may decide the same step at once: what is stored twice is the same,
/// and where it would not be, only the one that moves the sweep on stores anything.
/// </summary>
internal sealed class SweepEngine(StateDatabase state, IBlobStore blobs, TimeProvider time)
{
    // Shards first: trials of another sweep can wait for a feature set, a feature set never waits for a trial.
    private const int ShardPriority = 10;
    private const int TrialPriority = 0;

    /// <summary>
    /// Stores a sweep and its trials; the same sweep again is one sweep. One that failed starts again with the parts of it that failed.
    /// </summary>
    public async Task SubmitAsync(PreparedSweep prepared, CancellationToken cancellationToken)
    {
        // Dying after this line leaves a plan that no sweep names; the next submit writes the same bytes.
        await blobs.PutAsync(prepared.Plan.BlobKey, prepared.Plan.ToBytes(), cancellationToken);
        await state.WriteAsync(
            async transaction =>
            {
                SweepStore sweeps = new(transaction);
                await sweeps.AddAsync(new SweepRecord
                {
                    Id = prepared.Id,
                    Definition = prepared.Definition,
                    FeatureSet = prepared.Plan.Id,
                    Shards = prepared.Plan.ShardCount,
                    CodeVersion = prepared.CodeVersion,
                    Submitted = time.GetUtcNow(),
                });
                await new TrialStore(transaction).AddAsync(prepared.Trials);
                if (await sweeps.FindAsync(prepared.Id) is { State: SweepState.Failed } failed)
                {
                    await ReviveAsync(transaction, failed);
                }
            },
            cancellationToken);
    }

    /// <summary>Takes every step of a sweep that can be taken now; gives the sweep as it stands then.</summary>
    public async Task<SweepRecord> AdvanceAsync(SweepId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            SweepSnapshot snapshot = await SnapshotAsync(id, cancellationToken);
            SweepStep step = SweepRules.Next(snapshot);
            if (step is SweepStep.Wait)
            {
                return snapshot.Sweep;
            }

            await TakeAsync(step, snapshot, cancellationToken);
        }
    }

    private async Task<SweepSnapshot> SnapshotAsync(SweepId id, CancellationToken cancellationToken)
    {
        SweepRecord sweep = await state.ReadAsync(async t => (await new SweepStore(t).FindAsync(id))!, cancellationToken);
        bool ready = sweep.State == SweepState.Preparing
            && await blobs.TryGetFileAsync(FeatureSetManifest.BlobKey(sweep.FeatureSet), cancellationToken) is not null;
        return await state.ReadAsync(
            async t =>
            {
                // Ten thousand trials are read once, at the end, and not at every step.
                TrialStore trials = new(t);
                int open = sweep.State == SweepState.Running ? await trials.CountOpenAsync(id) : 0;
                return new SweepSnapshot(
                    sweep,
                    ready,
                    sweep.State == SweepState.Preparing ? await new TaskStore(t).OfOwnerAsync(sweep.FeatureSet.Value) : [],
                    open,
                    sweep.State == SweepState.Running && open == 0 ? await trials.OfSweepAsync(id) : []);
            },
            cancellationToken);
    }

    private Task TakeAsync(SweepStep step, SweepSnapshot snapshot, CancellationToken cancellationToken) => step switch
    {
        SweepStep.QueueShards => QueueShardsAsync(snapshot.Sweep, cancellationToken),
        SweepStep.PublishManifest => PublishManifestAsync(snapshot, cancellationToken),
        SweepStep.StartTrials => StartTrialsAsync(snapshot.Sweep, cancellationToken),
        SweepStep.Finish finish => FinishAsync(snapshot, finish.Best, cancellationToken),
        SweepStep.GiveUp giveUp => state.WriteAsync(
            t => new SweepStore(t).TryMoveAsync(snapshot.Sweep.State, Moved(snapshot.Sweep, SweepState.Failed) with { Failure = giveUp.Reason }),
            cancellationToken),
        _ => throw new InvalidOperationException($"The step {step} cannot be taken."),
    };

    private async Task QueueShardsAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        FeatureSetPlan plan = await ReadPlanAsync(sweep.FeatureSet, cancellationToken);
        await state.WriteAsync(
            async transaction =>
            {
                TaskStore tasks = new(transaction);
                for (int shard = 0; shard < sweep.Shards; shard++)
                {
                    await tasks.AddAsync(new TaskRecord
                    {
                        Id = TaskId.ForShard(sweep.FeatureSet, shard),
                        Owner = sweep.FeatureSet.Value,
                        Priority = ShardPriority,
                        Payload = new ShardTask(sweep.FeatureSet, shard, plan.BlobKey),
                    });
                }
            },
            cancellationToken);
    }

    private async Task PublishManifestAsync(SweepSnapshot snapshot, CancellationToken cancellationToken)
    {
        List<TaskRecord> gone = [];
        foreach (TaskRecord task in snapshot.Shards)
        {
            if (await blobs.TryGetFileAsync(((ShardResult)task.Result!).Blob, cancellationToken) is null)
            {
                gone.Add(task);
            }
        }

        if (gone.Count > 0)
        {
            // Someone deleted shards that were built long ago: they are built again, to the same bytes.
            await state.WriteAsync(t => RebuildAsync(t, gone), cancellationToken);
                return;
        }

        FeatureSetPlan plan = await ReadPlanAsync(snapshot.Sweep.FeatureSet, cancellationToken);
        FeatureSetManifest manifest = FeatureSetManifest.Create(plan, snapshot.Shards.Select(static s => (ShardResult)s.Result!));

        // Dying before or after this line: the next look finds the manifest, or publishes the same bytes again.
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), manifest.ToBytes(), cancellationToken);
    }

    // The tasks and the sweep's state go together: a running sweep has a task for each of its trials, whenever the process dies.
    private async Task StartTrialsAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        await state.WriteAsync(
            async transaction =>
            {
                if (!await new SweepStore(transaction).TryMoveAsync(sweep.State, Moved(sweep, SweepState.Running)))
                {
                    return;
                }

                TaskStore tasks = new(transaction);
                foreach (TrialRecord trial in await new TrialStore(transaction).OfSweepAsync(sweep.Id))
                {
                    await tasks.AddAsync(new TaskRecord
                    {
                        Id = TaskId.For(trial.Spec.Trial),
                        Owner = sweep.Id.Value,
                        Priority = TrialPriority,
                        Payload = new TrialTask(trial.Spec, FeatureSetManifest.BlobKey(sweep.FeatureSet)),
                    });
                }
            },
            cancellationToken);
    }

    // The runs' files, the version, its alias and the end of the sweep go together: a version is registered exactly once.
    private async Task FinishAsync(SweepSnapshot snapshot, TrialRecord best, CancellationToken cancellationToken)
    {
        SweepRecord sweep = snapshot.Sweep;
        FeatureSetManifest manifest = await ReadManifestAsync(sweep, cancellationToken);

        // Dying within this loop leaves files that no run names; the next look publishes the same bytes again.
        Dictionary<RunId, IReadOnlyList<RunArtifact>> artifacts = [];
        foreach (TrialRecord trial in snapshot.Trials.Where(static t => t.State == TrialState.Succeeded))
        {
            ModelDescription model = ModelDescriptions.Of(trial, manifest);
            artifacts.Add(model.Run, await ModelArtifacts.PublishAsync(blobs, model, trial.Result!.Confusion, cancellationToken));
        }

        await state.WriteAsync(
            async transaction =>
            {
                RunStore runs = new(transaction);
                foreach ((RunId run, IReadOnlyList<RunArtifact> files) in artifacts)
                {
                    foreach (RunArtifact file in files)
                    {
                        await runs.SetArtifactAsync(run, file.Path, file.Blob);
                    }
                }

                long? version = sweep.Definition.Register is { } register
                    ? await RegisterAsync(transaction, sweep, register, ModelDescriptions.Of(best, manifest), best.Number)
                    : null;
                await new SweepStore(transaction).UpdateAsync(Moved(sweep, SweepState.Succeeded) with { RegisteredVersion = version });
            },
            cancellationToken);
    }

    private async Task<long> RegisterAsync(StateTransaction transaction, SweepRecord sweep, RegisterSpec register, ModelDescription model, int trial)
    {
        ModelStore models = new(transaction);
        DateTimeOffset now = time.GetUtcNow();
        long version = await models.AddVersionAsync(register.Model, model, Environment.UserName, now);
        await models.SetAliasAsync(register.Model, register.Alias, version, Environment.UserName, $"best of sweep {sweep.Id}: trial {trial}", now);
        return version;
    }

    private async Task<FeatureSetManifest> ReadManifestAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        string key = FeatureSetManifest.BlobKey(sweep.FeatureSet);
        return FeatureSetManifest.FromBytes(
            await blobs.TryGetAsync(key, cancellationToken) ?? throw new CorruptDataException($"The manifest '{key}' is gone. Submit the sweep again."));
    }

    private async Task<FeatureSetPlan> ReadPlanAsync(FeatureSetId set, CancellationToken cancellationToken)
    {
        string key = $"features/{set}/plan.json";
        return FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(key, cancellationToken) ?? throw new CorruptDataException($"The plan '{key}' is gone. Submit the sweep again."));
    }

    private static SweepRecord Moved(SweepRecord sweep, SweepState to) => sweep with { State = Lifecycles.Sweep.Move(sweep.State, to) };

    private static async Task ReviveAsync(StateTransaction transaction, SweepRecord sweep)
    {
        TaskStore tasks = new(transaction);
        TrialStore trials = new(transaction);
        foreach (TrialRecord trial in (await trials.OfSweepAsync(sweep.Id)).Where(static t => t.State == TrialState.Failed))
        {
            await trials.UpdateAsync(trial with { State = TrialState.Waiting, Failure = null });
        }

        IEnumerable<TaskRecord> parts = [.. await tasks.OfOwnerAsync(sweep.FeatureSet.Value), .. await tasks.OfOwnerAsync(sweep.Id.Value)];
        await ReviveAsync(transaction, parts.Where(static t => t.State is TaskState.Failed or TaskState.Cancelled));
        await new SweepStore(transaction).UpdateAsync(sweep with { State = SweepState.Preparing, Failure = null });
    }

    private static async Task RebuildAsync(StateTransaction transaction, IEnumerable<TaskRecord> gone)
    {
        TaskStore tasks = new(transaction);
        List<TaskRecord> still = [];
        foreach (TaskRecord seen in gone)
        {
            // Another orchestrator may have queued it again meanwhile, and a worker have claimed it.
            if (await tasks.FindAsync(seen.Id) is { State: TaskState.Succeeded } task && task.Token == seen.Token)
            {
                still.Add(task);
            }
        }

        await ReviveAsync(transaction, still);
    }

    private static async Task ReviveAsync(StateTransaction transaction, IEnumerable<TaskRecord> tasks)
    {
        TaskStore store = new(transaction);
        foreach (TaskRecord task in tasks)
        {
            await store.UpdateAsync(TaskRules.Revive(task));
        }
    }
}
