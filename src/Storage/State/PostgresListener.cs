using Npgsql;

namespace Pipeline.Storage.State;

/// <summary>Listens for the notifications of other processes on a connection of its own, and finds the server again where it is lost.</summary>
internal sealed class PostgresListener(NpgsqlConnectionStringBuilder settings, Action<string> raise, Action raiseAll) : IAsyncDisposable
{
    /// <summary>Every channel of ours travels on one of the server's, as the payload, so that one LISTEN hears all.</summary>
    public const string ServerChannel = "pipeline";

    /// <summary>Seconds after which a silent connection is tried: a server that vanished without a word is noticed.</summary>
    private const int KeepAliveSeconds = 30;

    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private Task _listening = Task.CompletedTask;

    public void Start() => _listening = Task.Run(ListenAsync);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _listening;
        _ending.Dispose();
    }

    private async Task ListenAsync()
    {
        string connectionString = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false, KeepAlive = KeepAliveSeconds }.ToString();
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlConnection connection = new(connectionString);
                await connection.OpenAsync(_ending.Token);
                connection.Notification += (_, notification) => raise(notification.Payload);
                await using NpgsqlCommand listen = new($"LISTEN {ServerChannel}", connection);
                await listen.ExecuteNonQueryAsync(_ending.Token);

                // What was notified before LISTEN was not heard.
                raiseAll();
                while (true)
                {
                    await connection.WaitAsync(_ending.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(Reconnect, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
