using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Steering;

/// <summary>What people do to single tasks of the queue. Each call is one transaction.</summary>
/// <param name="state">The state.</param>
/// <param name="sweeps">Steers the sweeps that trials belong to.</param>
/// <param name="time">The clock.</param>
public sealed class JobSteering(StateDatabase state, SweepSteering sweeps, TimeProvider time)
{
    private const string TrialPrefix = TrialTask.Kind + ":";

    /// <summary>Queues a task again that failed or was cancelled. One of a trial takes its trial, and the trial's sweep, with it.</summary>
    /// <exception cref="BadInputException">There is no such task, or it has not failed.</exception>
    public Task RetryAsync(TaskId id, CancellationToken cancellationToken) => id.Value.StartsWith(TrialPrefix, StringComparison.Ordinal)
        ? sweeps.RetryAsync(TrialId.Parse(id.Value[TrialPrefix.Length..]), cancellationToken)
        : ChangeAsync(id, static t => t.State is TaskState.Failed or TaskState.Cancelled, "only one that failed or was cancelled can be run again", TaskRules.Revive, cancellationToken);

    /// <summary>Lets a waiting task be claimed at once: one that failed waits before it is tried again.</summary>
    /// <exception cref="BadInputException">There is no such task, or it does not wait.</exception>
    public Task RunNowAsync(TaskId id, CancellationToken cancellationToken) => ChangeAsync(
        id, static t => t.State == TaskState.Ready, "only one that waits can be run now", static t => t with { Due = DateTimeOffset.UnixEpoch }, cancellationToken);

    /// <summary>
    /// Takes a task off the queue and out of its owner's hands. The trial of one counts as cancelled, and the sweep goes on without it. Shards and
    /// builds are what a sweep cannot go on without: to be rid of those, cancel the sweep. A submission that has ended is forgotten.
    /// </summary>
    /// <exception cref="BadInputException">There is no such task, or it is none of these.</exception>
    public Task DeleteAsync(TaskId id, CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            TaskStore tasks = new(transaction);
            TaskRecord task = await FindAsync(tasks, id);
            switch (task)
            {
                case { IsFinal: true, Payload: SubmitTask }:
                    await tasks.DeleteAsync(id);
                    break;
                case { IsFinal: false, Payload: SubmitTask }:
                    await tasks.UpdateAsync(TaskRules.Withdraw(task));
                    break;
                case { IsFinal: false, Payload: TrialTask { Spec.Trial: var trial } }:
                    await tasks.UpdateAsync(TaskRules.Withdraw(task));
                    await CancelTrialAsync(transaction, trial);
                    break;
                default:
                    throw new BadInputException(
                        $"The task {id} is of kind {task.Kind} and stands at '{StateName.Of(task.State)}'; only a trial that has not ended, or a submission, can be deleted alone. Cancel its sweep.");
            }
        },
        cancellationToken);

    private async Task CancelTrialAsync(StateTransaction transaction, TrialId id)
    {
        TrialStore trials = new(transaction);
        TrialRecord trial = await trials.GetAsync(id);
        await trials.UpdateAsync(trial with { State = Lifecycles.Trial.Move(trial.State, TrialState.Cancelled) });
        if (trial.State == TrialState.Running)
        {
            await new RunStore(transaction).SetStatusAsync(RunId.For(id), RunStatus.Killed, time.GetUtcNow());
        }
    }

    private Task ChangeAsync(TaskId id, Func<TaskRecord, bool> may, string rule, Func<TaskRecord, TaskRecord> change, CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            TaskStore tasks = new(transaction);
            TaskRecord task = await FindAsync(tasks, id);
            if (!may(task))
            {
                throw new BadInputException($"The task {id} stands at '{StateName.Of(task.State)}'; {rule}.");
            }

            await tasks.UpdateAsync(change(task));
        },
        cancellationToken);

    private static async Task<TaskRecord> FindAsync(TaskStore tasks, TaskId id) =>
        await tasks.FindAsync(id) ?? throw new BadInputException($"There is no task '{id}'. List them with `pipeline jobs list`.");
}
