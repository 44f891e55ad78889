using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>Hears what happens to tasks inside the transaction in which it happens, so that both are kept or neither.</summary>
internal interface ITaskListener
{
    /// <summary>A worker claimed the task, perhaps not the first to do so.</summary>
    Task ClaimedAsync(StateTransaction transaction, TaskRecord task);

    /// <summary>The trial got further than ever before. Gives whether it goes on; else its task is taken off the queue.</summary>
    Task<bool> AdvancedAsync(StateTransaction transaction, TaskRecord task, TrialProgress progress);

    /// <summary>The task succeeded or failed for good. Told once.</summary>
    Task EndedAsync(StateTransaction transaction, TaskRecord task);
}
