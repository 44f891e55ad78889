using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Cli.Sweeps;

/// <summary>Sweeps as a person sees and steers them: those of this deployment's state, or those of a server. A sweep is named by its id, the beginning of it, or its name.</summary>
internal interface ISweeps : IAsyncDisposable
{
    Task<IReadOnlyList<SweepSummary>> ListAsync(CancellationToken cancellationToken);

    Task<SweepProgress> ProgressAsync(string sweep, CancellationToken cancellationToken);

    Task<IReadOnlyList<LogLine>> LogAsync(TrialId trial, LogLine? after, CancellationToken cancellationToken);

    Task PauseAsync(string sweep, CancellationToken cancellationToken);

    Task ResumeAsync(string sweep, CancellationToken cancellationToken);

    Task CancelAsync(string sweep, CancellationToken cancellationToken);

    Task RetryAsync(TrialId trial, CancellationToken cancellationToken);
}
