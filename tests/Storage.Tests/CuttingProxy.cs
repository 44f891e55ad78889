using System.Net;
using System.Net.Sockets;

namespace Pipeline.Storage.Tests;

/// <summary>Stands between Npgsql and the server, and cuts the connection of the next COMMIT, before the server hears it or before we hear the answer.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _server;
    private readonly Task _accepting;
    private string? _cut;

    public CuttingProxy(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts { get; private set; }

    public void CutNextCommit(bool serverHears) => _cut = serverHears ? "after" : "before";

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_ending.Token);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient own = client;
        using TcpClient server = new();
        await server.ConnectAsync(IPAddress.Loopback, _server);
        try
        {
            await Task.WhenAny(ForwardAsync(server.GetStream(), client.GetStream()), RequestsAsync(client.GetStream(), server.GetStream()));
        }
        catch (IOException)
        {
            // One side hung up.
        }
    }

    private async Task RequestsAsync(NetworkStream client, NetworkStream server)
    {
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await client.ReadAsync(buffer, _ending.Token)) > 0)
        {
            bool commit = buffer.AsSpan(0, read).IndexOf("COMMIT"u8) >= 0;
            if (commit && Interlocked.Exchange(ref _cut, null) is { } cut)
            {
                Cuts++;
                if (cut == "after")
                {
                    await server.WriteAsync(buffer.AsMemory(0, read), _ending.Token);

                    // Long enough for the commit; its answer is forwarded to nobody, as the client's side is shut already.
                    client.Socket.Shutdown(SocketShutdown.Both);
                    await Task.Delay(200, _ending.Token);
                }

                return;
            }

            await server.WriteAsync(buffer.AsMemory(0, read), _ending.Token);
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to) => await from.CopyToAsync(to, _ending.Token);
}
