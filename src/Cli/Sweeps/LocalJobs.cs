using Pipeline.Contracts;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Sweeps;

/// <summary>The queue of this deployment's state, also while another process works on it.</summary>
internal sealed class LocalJobs(StateDatabase state, IReadOnlyList<RecurringSpec> entries) : IJobs
{
    private readonly JobQueries _queries = new(state, TimeProvider.System);
    private readonly JobSteering _steering = new(state, new SweepSteering(state, TimeProvider.System), TimeProvider.System);
    private readonly RecurringQueries _recurring = new(state, entries, TimeProvider.System);

    public Task<JobsView> ListAsync(TaskState? only, int page, CancellationToken cancellationToken) => _queries.ReadAsync(only, page, cancellationToken);

    public Task<JobDetail> FindAsync(TaskId task, CancellationToken cancellationToken) => _queries.FindAsync(task, cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => _queries.WorkersAsync(cancellationToken);

    public Task RequeueAsync(TaskId task, CancellationToken cancellationToken) => _steering.RetryAsync(task, cancellationToken);

    public Task RunNowAsync(TaskId task, CancellationToken cancellationToken) => _steering.RunNowAsync(task, cancellationToken);

    public Task DeleteAsync(TaskId task, CancellationToken cancellationToken) => _steering.DeleteAsync(task, cancellationToken);

    public Task<IReadOnlyList<RecurringRow>> RecurringAsync(CancellationToken cancellationToken) => _recurring.ListAsync(cancellationToken);

    public Task<TaskId> RunRecurringAsync(string name, CancellationToken cancellationToken) => _recurring.RunNowAsync(name, cancellationToken);

    public ValueTask DisposeAsync() => state.DisposeAsync();
}
