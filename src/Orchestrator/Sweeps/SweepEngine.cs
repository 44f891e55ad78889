using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Promotions;
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
internal sealed class SweepEngine(StateDatabase state, IBlobStore blobs, Promoter promoter, TimeProvider time)
{
    // Shards first: trials of another sweep can wait for a feature set, a feature set never waits for a trial.
    private const int ShardPriority = 10;
    private const int TrialPriority = 0;

    /// <summary>
    /// Stores a sweep and its trials; the same sweep again is one sweep. One that failed or was cancelled starts again with the parts of it that did; one that
    /// succeeded deploys its version again where something else is to be done with it now.
    /// </summary>
    /// <exception cref="NoRoomException">Its feature set is not built, and there is no room for it; nothing was stored.</exception>
    public async Task SubmitAsync(PreparedSweep prepared, CancellationToken cancellationToken)
    {
        SweepRecord? known = await state.ReadAsync(t => new SweepStore(t).FindAsync(prepared.Id), cancellationToken);
        if (await FeatureSetManifest.FindAsync(blobs, prepared.Plan, cancellationToken) is null && known?.State is not (SweepState.Succeeded or SweepState.Deploying))
        {
            await FeatureSetBuild.CheckRoomAsync(blobs, prepared.Plan, cancellationToken);
        }

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
                    Deploy = prepared.Deploy,
                    Submitted = time.GetUtcNow(),
                });
                await new TrialStore(transaction).AddAsync(prepared.Trials);
                bool changed = await sweeps.SetDeployAsync(prepared.Id, prepared.Deploy);
                SweepRecord sweep = (await sweeps.FindAsync(prepared.Id))!;
                if (sweep.State is SweepState.Failed or SweepState.Cancelled || (sweep.State == SweepState.Succeeded && changed && sweep.Deploy is not null))
                {
                    await ReviveAsync(transaction, sweep);
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
                    sweep.State == SweepState.Running && open == 0 ? await trials.OfSweepAsync(id) : [],
                    sweep is { State: SweepState.Deploying, RegisteredVersion: { } version, Deploy: { } deploy, Definition.Register: { } register }
                        ? await new BuildStore(t).FindAsync(register.Model, version, deploy.Targets.Select(static d => d.Name))
                        : []);
            },
            cancellationToken);
    }

    private Task TakeAsync(SweepStep step, SweepSnapshot snapshot, CancellationToken cancellationToken) => step switch
    {
        SweepStep.QueueShards => QueueShardsAsync(snapshot.Sweep, cancellationToken),
        SweepStep.PublishManifest => PublishManifestAsync(snapshot, cancellationToken),
        SweepStep.StartTrials => StartTrialsAsync(snapshot.Sweep, cancellationToken),
        SweepStep.Finish finish => FinishAsync(snapshot, finish.Best, cancellationToken),
        SweepStep.QueueBuilds => QueueBuildsAsync(snapshot.Sweep, cancellationToken),
        SweepStep.Promote => PromoteAsync(snapshot.Sweep, cancellationToken),
        SweepStep.GiveUp giveUp => GiveUpAsync(snapshot.Sweep, giveUp.Reason, cancellationToken),
        _ => throw new InvalidOperationException($"The step {step} cannot be taken."),
    };

    private Task GiveUpAsync(SweepRecord sweep, string reason, CancellationToken cancellationToken) => state.WriteAsync(
        t => new SweepStore(t).TryMoveAsync(sweep.State, Moved(sweep, SweepState.Failed) with { Failure = reason }), cancellationToken);

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

    // The runs' files, the version, its alias and the sweep's next state go together: a version is registered exactly once.
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
                SweepStore sweeps = new(transaction);
                SweepRecord moved = Moved(sweep, sweep is { Deploy: not null, Definition.Register: not null } ? SweepState.Deploying : SweepState.Succeeded);
                if (!await sweeps.TryMoveAsync(sweep.State, moved))
                {
                    return;
                }

                RunStore runs = new(transaction);
                foreach ((RunId run, IReadOnlyList<RunArtifact> files) in artifacts)
                {
                    foreach (RunArtifact file in files)
                    {
                        await runs.SetArtifactAsync(run, file.Path, file.Blob);
                    }
                }

                long? version = sweep.Definition.Register is { } register
                    ? await EnsureRegisteredAsync(transaction, sweep, register, ModelDescriptions.Of(best, manifest), best.Number)
                    : null;
                await sweeps.UpdateAsync(moved with { RegisteredVersion = version });
            },
            cancellationToken);
    }

    private async Task QueueBuildsAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        (RegisterSpec register, DeploySpec deploy) = (sweep.Definition.Register!, sweep.Deploy!);
        try
        {
            await state.WriteAsync(
                async transaction =>
                {
                    ModelVersion version = await new ModelStore(transaction).RequireVersionAsync(register.Model, sweep.RegisteredVersion!.Value);
                    BuildStore builds = new(transaction);
                    await builds.AddAsync(register.Model, version.Version, version.Trained, deploy.Targets);
                    await builds.BindAsync(register.Model, register.Alias, deploy.Targets);
                },
                cancellationToken);
        }
        catch (BadInputException e)
        {
            // Somebody deleted the version, or its name cannot be that of files.
            await GiveUpAsync(sweep, e.Message, cancellationToken);
        }
    }

    // Dying anywhere in here: the sweep still stands at deploying, and promoting again changes nothing that is done.
    private async Task PromoteAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        DeploySpec deploy = sweep.Deploy!;
        try
        {
            if (deploy.Promote is { } promote)
            {
                PromotionRequest request = new()
                {
                    Model = sweep.Definition.Register!.Model,
                    Version = sweep.RegisteredVersion!.Value,
                    Promote = promote,
                    Targets = [.. deploy.Targets.Select(static t => t.Name)],
                    Gates = deploy.Gates,
                    User = Environment.UserName,
                    Reason = $"sweep {sweep.Id}",
                };
                await promoter.PromoteAsync(request, cancellationToken);
            }
        }
        catch (PipelineException e) when (e is not NoSpaceException)
        {
            await GiveUpAsync(sweep, e.Message, cancellationToken);
            return;
        }

        await state.WriteAsync(t => new SweepStore(t).TryMoveAsync(sweep.State, Moved(sweep, SweepState.Succeeded)), cancellationToken);
    }

    /// <summary>The best's version: the one it has, where a trial was run again and the best is still the same.</summary>
    private async Task<long> EnsureRegisteredAsync(StateTransaction transaction, SweepRecord sweep, RegisterSpec register, ModelDescription model, int trial) =>
        sweep.RegisteredVersion is { } version && (await new ModelStore(transaction).FindVersionAsync(register.Model, version))?.Run == model.Run
            ? version
            : await RegisterAsync(transaction, sweep, register, model, trial);

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
        string key = FeatureSetPlan.BlobKeyOf(set);
        return FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(key, cancellationToken) ?? throw new CorruptDataException($"The plan '{key}' is gone. Submit the sweep again."));
    }

    private static SweepRecord Moved(SweepRecord sweep, SweepState to) => sweep with { State = Lifecycles.Sweep.Move(sweep.State, to) };

    private async Task ReviveAsync(StateTransaction transaction, SweepRecord sweep)
    {
        if (sweep is { RegisteredVersion: { } version, Definition.Register: { } register })
        {
            if (sweep.Deploy is { } deploy)
            {
                ModelVersion registered = await new ModelStore(transaction).RequireVersionAsync(register.Model, version);
                await new BuildStore(transaction).AddAsync(register.Model, version, registered.Trained, deploy.Targets, again: true);
            }

            SweepState next = sweep.Deploy is null ? SweepState.Succeeded : SweepState.Deploying;
            await new SweepStore(transaction).UpdateAsync(sweep with { State = next, Failure = null });
            return;
        }

        TaskStore tasks = new(transaction);
        TrialStore trials = new(transaction);
        foreach (TrialRecord trial in (await trials.OfSweepAsync(sweep.Id)).Where(static t => t.State is TrialState.Failed or TrialState.Cancelled))
        {
            await trials.UpdateAsync(trial with { State = TrialState.Waiting, Failure = null });
        }

        await ReviveAsync(transaction, await tasks.RestingAsync(sweep.FeatureSet.Value));
        await new EarlyStopper(transaction, time).SettleAsync(sweep);
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
