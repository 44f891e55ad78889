using System.Net;
using System.Net.Sockets;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Storage.Tests;

/// <summary>An account reached with the machine's identity: a token of the identity endpoint opens the container, and none is ever shown.</summary>
public sealed class AzureIdentityTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Azurite _azurite = new();
    private IdentityEndpoint _identity = null!;
    private AzureBlobOptions _options = null!;

    public async Task InitializeAsync()
    {
        TestCertificate certificate = new(_folder.Path, IPAddress.Loopback);
        await _azurite.StartAsync("127.0.0.1", certificate);
        AzureBlobOptions direct = _azurite.NewContainer(_folder.File("cache"));
        int port = new Uri(direct.ConnectionString!.Split("BlobEndpoint=")[1].Split(';')[0]).Port;
        _options = new AzureBlobOptions
        {
            Account = "devstoreaccount1",
            Container = direct.Container,
            CacheFolder = direct.CacheFolder,
            FirstWait = TimeSpan.FromMilliseconds(10),
            Handler = To(port),
        };
        _identity = await IdentityEndpoint.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _azurite.DisposeAsync();
        if (_identity is not null)
        {
            await _identity.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_machines_identity_opens_the_container()
    {
        AzureBlobStore store = await AzureBlobStore.OpenAsync(_options, TimeProvider.System, default);
        await store.PutAsync("a/b", "bytes"u8.ToArray(), default);
        Assert.Equal("bytes"u8.ToArray(), await store.TryGetAsync("a/b", default));
        Assert.Equal(["a/b"], await store.ListAsync("", default));
        Assert.All(_identity.Asked, static resource => Assert.StartsWith("https://storage.azure.com", resource, StringComparison.Ordinal));
        Assert.NotEmpty(_identity.Asked);
    }

    [Fact]
    public async Task A_machine_without_an_identity_is_told_what_to_do()
    {
        _identity.HasIdentity = false;
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => AzureBlobStore.OpenAsync(_options, TimeProvider.System, default));
        Assert.Contains("https://devstoreaccount1.blob.core.windows.net/", e.Message, StringComparison.Ordinal);
        Assert.Contains("no identity that Azure accepts", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-header", e.ToString(), StringComparison.Ordinal);
    }

    // The account's own name is asked for; who answers is the local service.
    private static SocketsHttpHandler To(int port) => new()
    {
        ConnectCallback = async (_, token) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", port, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    };
}
