using System.Net.Http.Json;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Cli.Sweeps;

/// <summary>The sweeps of a server, over HTTP.</summary>
internal sealed class ServerSweeps(ServerAddress address) : ISweeps
{
    private readonly ServerClient _server = new(address);

    public Task<SweepReceipt> SubmitAsync(SweepText sweep, CancellationToken cancellationToken) => _server.PostAsync(
        "sweeps", () => JsonContent.Create(sweep, OrchestratorJson.Default.SweepText), OrchestratorJson.Default.SweepReceipt, cancellationToken);

    public Task<IReadOnlyList<SweepSummary>> ListAsync(CancellationToken cancellationToken) =>
        _server.GetAsync("sweeps", OrchestratorJson.Default.IReadOnlyListSweepSummary, cancellationToken);

    public Task<SweepProgress> ProgressAsync(string sweep, CancellationToken cancellationToken) =>
        _server.GetAsync($"sweeps/{Uri.EscapeDataString(sweep)}", OrchestratorJson.Default.SweepProgress, cancellationToken);

    public Task<IReadOnlyList<LogLine>> LogAsync(TrialId trial, LogLine? after, CancellationToken cancellationToken) => _server.GetAsync(
        $"sweeps/{trial.Sweep}/trials/{trial.Number}/log{(after is null ? "" : $"?token={after.Token}&line={after.Line}")}",
        OrchestratorJson.Default.IReadOnlyListLogLine,
        cancellationToken);

    public Task PauseAsync(string sweep, CancellationToken cancellationToken) => SteerAsync(sweep, "pause", cancellationToken);

    public Task ResumeAsync(string sweep, CancellationToken cancellationToken) => SteerAsync(sweep, "resume", cancellationToken);

    public Task CancelAsync(string sweep, CancellationToken cancellationToken) => SteerAsync(sweep, "cancel", cancellationToken);

    public Task RetryAsync(TrialId trial, CancellationToken cancellationToken) => SteerAsync(trial.Sweep.Value, $"trials/{trial.Number}/retry", cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task SteerAsync(string sweep, string what, CancellationToken cancellationToken) =>
        _server.PostAsync($"sweeps/{Uri.EscapeDataString(sweep)}/{what}", cancellationToken);
}
