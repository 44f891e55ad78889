using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Agent;

/// <summary>Does what one kind of task asks for.</summary>
internal interface ITaskExecutor
{
    /// <summary>Whether it does tasks of this kind.</summary>
    bool Takes(TaskPayload payload);

    /// <summary>Does the task, from a checkpoint where there is one; stops between two steps when cancelled.</summary>
    Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken);
}

/// <summary>Builds shards.</summary>
internal sealed class ShardExecutor(IBlobStore blobs) : ITaskExecutor
{
    public bool Takes(TaskPayload payload) => payload is ShardTask;

    public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        ShardTask task = (ShardTask)payload;
        FeatureSetPlan plan = FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(task.PlanBlob, cancellationToken)
            ?? throw new CorruptDataException($"The plan '{task.PlanBlob}' is gone. Submit the sweep again."));
        return await Task.Run(() => ShardBuilder.EnsureAsync(blobs, plan, task.Shard, cancellationToken), cancellationToken);
    }
}

/// <summary>Runs trials: those on CUDA on the worker's device, with one copy of each feature set there for all of them.</summary>
internal sealed class TrialExecutor(IBlobStore blobs, TimeProvider time, int? readers, string device) : ITaskExecutor, IDisposable
{
    private readonly ResidentSets _resident = new();

    public bool Takes(TaskPayload payload) => payload is TrialTask;

    public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken) =>
        await RunnerOf((TrialTask)payload).RunAsync((TrialTask)payload, checkpoint, observer, cancellationToken);

    public void Dispose() => _resident.Dispose();

    // The processor reads the mapped shards themselves.
    private TrialRunner RunnerOf(TrialTask task) => new(blobs, time, readers, device) { Resident = task.Spec.Resources.IsCuda ? _resident : null };
}

/// <summary>Builds artifacts and measures them.</summary>
internal sealed class BuildExecutor(IBlobStore blobs) : ITaskExecutor
{
    public bool Takes(TaskPayload payload) => payload is BuildTask;

    public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        BuildTask task = (BuildTask)payload;
        FeatureSetPlan plan = FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(task.PlanBlob, cancellationToken)
            ?? throw new CorruptDataException($"The plan '{task.PlanBlob}' is gone. Build the feature set again: pipeline features build."));
        IReadOnlyList<float[]> calibration;
        using (FeatureSet set = await FeatureSet.OpenAsync(blobs, task.ManifestBlob, cancellationToken))
        {
            calibration = FeatureSetClips.Calibration(set, task.Description.FrontEnd, cancellationToken);
        }

        ArtifactRequest request = new(task.Model, task.Version, task.Description, BuiltInTargets.Get(task.Target));
        int clips = FeatureSetClips.Count(plan);
        observer.Log($"{calibration.Count} clips calibrate, {clips} recordings verify");
        ArtifactReport report = await new ArtifactBuilder(blobs).BuildAsync(
            request, calibration, FeatureSetClips.Verification(plan), new LogProgress(observer, clips), cancellationToken);
        byte[] manifest = (await blobs.TryGetAsync($"{report.Path}/{ArtifactManifest.FileName}", cancellationToken))!;
        return new BuildResult(report, ContentHash.Of(manifest).Hex);
    }

    /// <summary>Writes how far a run is into the task's log; called on the thread that reports, so that lines stay in order.</summary>
    private sealed class LogProgress(ITrialObserver observer, int clips) : IProgress<int>
    {
        public void Report(int value) => observer.Log($"{value} of {clips} recordings run");
    }
}
