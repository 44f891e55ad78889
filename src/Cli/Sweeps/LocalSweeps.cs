using Pipeline.Contracts;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Sweeps;

/// <summary>The sweeps of this deployment's state, also while another process runs them.</summary>
internal sealed class LocalSweeps(StateDatabase state) : ISweeps
{
    private readonly SweepQueries _queries = new(state);
    private readonly SweepSteering _steering = new(state, TimeProvider.System);

    public Task<IReadOnlyList<SweepSummary>> ListAsync(CancellationToken cancellationToken) => _queries.ListAsync(cancellationToken);

    public async Task<SweepProgress> ProgressAsync(string sweep, CancellationToken cancellationToken) =>
        await _queries.ProgressAsync(await _queries.ResolveAsync(sweep, cancellationToken), null, cancellationToken);

    public Task<IReadOnlyList<LogLine>> LogAsync(TrialId trial, LogLine? after, CancellationToken cancellationToken) => _queries.LogAsync(trial, after, cancellationToken);

    public async Task PauseAsync(string sweep, CancellationToken cancellationToken) =>
        await _steering.PauseAsync(await _queries.ResolveAsync(sweep, cancellationToken), cancellationToken);

    public async Task ResumeAsync(string sweep, CancellationToken cancellationToken) =>
        await _steering.ResumeAsync(await _queries.ResolveAsync(sweep, cancellationToken), cancellationToken);

    public async Task CancelAsync(string sweep, CancellationToken cancellationToken) =>
        await _steering.CancelAsync(await _queries.ResolveAsync(sweep, cancellationToken), cancellationToken);

    public Task RetryAsync(TrialId trial, CancellationToken cancellationToken) => _steering.RetryAsync(trial, cancellationToken);

    public ValueTask DisposeAsync() => state.DisposeAsync();
}
