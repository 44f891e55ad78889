using Pipeline.Contracts;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Cli.Sweeps;

/// <summary>The queue as a person sees and steers it: that of this deployment's state, or that of a server.</summary>
internal interface IJobs : IAsyncDisposable
{
    Task<JobsView> ListAsync(TaskState? only, int page, CancellationToken cancellationToken);

    Task<JobDetail> FindAsync(TaskId task, CancellationToken cancellationToken);

    Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken);

    Task RequeueAsync(TaskId task, CancellationToken cancellationToken);

    Task RunNowAsync(TaskId task, CancellationToken cancellationToken);

    Task DeleteAsync(TaskId task, CancellationToken cancellationToken);

    Task<IReadOnlyList<RecurringRow>> RecurringAsync(CancellationToken cancellationToken);

    Task<TaskId> RunRecurringAsync(string name, CancellationToken cancellationToken);
}
