using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Contracts;
using Pipeline.Orchestrator;

namespace Pipeline.Cli.Sweeps;

/// <summary>Calls a server. A call that gets no answer is sent to the next orchestrator, and again, for as long as a restart takes.</summary>
internal sealed class ServerClient(ServerAddress address) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longer than the making of a feature set's plan, which may synthesise recordings.</summary>
    private static readonly TimeSpan SubmitTimeout = TimeSpan.FromMinutes(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = SubmitTimeout };
    private int _current;

    /// <summary>Reads.</summary>
    /// <param name="path">What follows <c>/api/v1/</c>.</param>
    /// <param name="type">The answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, type, cancellationToken);

    /// <summary>Acts, without an answer but that it is done.</summary>
    public Task PostAsync(string path, CancellationToken cancellationToken) => SendAsync<object>(HttpMethod.Post, path, null, null, cancellationToken);

    /// <summary>Acts.</summary>
    public Task<T> PostAsync<T>(string path, Func<HttpContent>? body, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, type, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, Func<HttpContent>? body, JsonTypeInfo<T>? type, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Uri server = address.Urls[_current % address.Urls.Count];
            try
            {
                using HttpRequestMessage request = new(method, new Uri(server, "/api/v1/" + path)) { Content = body?.Invoke() };
                request.Headers.Authorization = address.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
                using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return type is null ? default! : (await response.Content.ReadFromJsonAsync(type, cancellationToken))!;
                }

                await ThrowAsync(server, response, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (TimeProvider.System.GetElapsedTime(started) > Patience || e.InnerException is System.Security.Authentication.AuthenticationException)
                {
                    throw new PipelineException($"{server} does not answer: {(e.InnerException ?? e).Message} Is `pipeline up` running there?", e);
                }
            }

            _current++;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task ThrowAsync(Uri server, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string text = await response.Content.ReadAsStringAsync(cancellationToken);
        string message = text.StartsWith('{') ? System.Text.Json.JsonSerializer.Deserialize(text, OrchestratorJson.Default.ApiError)?.Message ?? text : text;
        throw response.StatusCode switch
        {
            HttpStatusCode.BadRequest => new BadInputException(message),
            >= HttpStatusCode.InternalServerError => new HttpRequestException(message),
            _ => new PipelineException($"{server} refused: {message}"),
        };
    }
}
