using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Contracts;

namespace Pipeline.Workers.Agent;

/// <summary>
/// The worker's calls. Each is sent again, with growing pauses, while the orchestrator does not answer; every call may arrive twice, so sending
/// again is safe.
/// </summary>
internal sealed class OrchestratorClient : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Longer than the longest wait of a claim: an answer that takes longer will not come.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(90);

    /// <summary>A machine that is gone does not even refuse: its address is given up before the lease ends.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;
    private readonly WorkerOptions _options;
    private volatile int _server;

    public OrchestratorClient(WorkerOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = ConnectTimeout }) { Timeout = CallTimeout };
        _http.DefaultRequestHeaders.Authorization = options.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
    }

    public Task<WorkerWelcome> RegisterAsync(WorkerHello hello, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Register, hello, ContractsJson.Default.WorkerHello, ContractsJson.Default.WorkerWelcome, cancellationToken);

    public Task<ClaimResponse> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Claim, request, ContractsJson.Default.ClaimRequest, ContractsJson.Default.ClaimResponse, cancellationToken);

    public Task<HeartbeatResponse> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Heartbeat, request, ContractsJson.Default.HeartbeatRequest, ContractsJson.Default.HeartbeatResponse, cancellationToken);

    public Task<TaskAck> ProgressAsync(TrialProgress progress, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Progress, progress, ContractsJson.Default.TrialProgress, ContractsJson.Default.TaskAck, cancellationToken);

    public Task<TaskAck> LogAsync(TaskLog log, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Log, log, ContractsJson.Default.TaskLog, ContractsJson.Default.TaskAck, cancellationToken);

    public Task<TaskAck> CompleteAsync(TaskCompleted completed, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Complete, completed, ContractsJson.Default.TaskCompleted, ContractsJson.Default.TaskAck, cancellationToken);

    public Task<TaskAck> FailAsync(TaskFailed failed, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Fail, failed, ContractsJson.Default.TaskFailed, ContractsJson.Default.TaskAck, cancellationToken);

    public Task<TaskAck> GoodbyeAsync(WorkerGoodbye goodbye, CancellationToken cancellationToken) =>
        PostAsync(WorkerRoutes.Goodbye, goodbye, ContractsJson.Default.WorkerGoodbye, ContractsJson.Default.TaskAck, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<TResponse> PostAsync<TRequest, TResponse>(
        string route, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
    {
        long started = _options.Time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            int current = _server;
            Uri server = _options.Servers[current % _options.Servers.Count];
            try
            {
                using HttpResponseMessage response = await _http.PostAsJsonAsync(new Uri(server, route), request, requestType, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return (await response.Content.ReadFromJsonAsync(responseType, cancellationToken))!;
                }

                string message = $"The orchestrator at {server} answered {route} with {(int)response.StatusCode}: " +
                    await response.Content.ReadAsStringAsync(cancellationToken);
                throw response.StatusCode >= HttpStatusCode.InternalServerError ? new HttpRequestException(message) : new PipelineException(message);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                if (_options.Time.GetElapsedTime(started) > _options.RetryFor)
                {
                    throw new OrchestratorGoneException(
                        $"The orchestrator at {string.Join(", ", _options.Servers)} did not answer for {_options.RetryFor.TotalSeconds:0} s ({e.Message}). " +
                        "Check that it runs and start the worker again.", e);
                }

                // Calls that failed together move on together.
                Interlocked.CompareExchange(ref _server, current + 1, current);
            }

            await Task.Delay(pause, _options.Time, cancellationToken);
        }
    }
}
