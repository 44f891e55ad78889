using Pipeline.Contracts;
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
        return await Task.Run(() => ShardBuilder.BuildAsync(blobs, plan, task.Shard, cancellationToken), cancellationToken);
    }
}

/// <summary>Runs trials.</summary>
internal sealed class TrialExecutor(IBlobStore blobs, TimeProvider time) : ITaskExecutor
{
    public bool Takes(TaskPayload payload) => payload is TrialTask;

    public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken) =>
        await new TrialRunner(blobs, time).RunAsync((TrialTask)payload, checkpoint, observer, cancellationToken);
}
