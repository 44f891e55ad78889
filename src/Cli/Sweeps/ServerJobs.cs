using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Dashboard;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Cli.Sweeps;

/// <summary>The queue of a server, over HTTP.</summary>
internal sealed class ServerJobs(ServerAddress address) : IJobs
{
    private readonly ServerClient _server = new(address);

    public Task<JobsView> ListAsync(TaskState? only, int page, CancellationToken cancellationToken) =>
        _server.GetAsync($"jobs?page={page}{(only is { } state ? $"&state={JobNames.Of(state)}" : "")}", OrchestratorJson.Default.JobsView, cancellationToken);

    public Task<JobDetail> FindAsync(TaskId task, CancellationToken cancellationToken) =>
        _server.GetAsync($"jobs/{PathOf(task)}", OrchestratorJson.Default.JobDetail, cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) =>
        _server.GetAsync("workers", OrchestratorJson.Default.IReadOnlyListWorkerRow, cancellationToken);

    public Task RequeueAsync(TaskId task, CancellationToken cancellationToken) => _server.PostAsync($"jobs/requeue/{PathOf(task)}", cancellationToken);

    public Task RunNowAsync(TaskId task, CancellationToken cancellationToken) => _server.PostAsync($"jobs/run/{PathOf(task)}", cancellationToken);

    public Task DeleteAsync(TaskId task, CancellationToken cancellationToken) => _server.PostAsync($"jobs/delete/{PathOf(task)}", cancellationToken);

    public Task<IReadOnlyList<RecurringRow>> RecurringAsync(CancellationToken cancellationToken) =>
        _server.GetAsync("recurring", OrchestratorJson.Default.IReadOnlyListRecurringRow, cancellationToken);

    public async Task<TaskId> RunRecurringAsync(string name, CancellationToken cancellationToken) =>
        (await _server.PostAsync($"recurring/{Uri.EscapeDataString(name)}/run", null, OrchestratorJson.Default.JobReceipt, cancellationToken)).Task;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>A task's id has slashes, which stay.</summary>
    private static string PathOf(TaskId task) => string.Join('/', task.Value.Split('/').Select(Uri.EscapeDataString));
}
