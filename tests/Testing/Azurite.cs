using System.Diagnostics;
using Azure.Storage.Blobs;
using Pipeline.Storage.Blobs;
using Xunit;

namespace Pipeline.Testing;

/// <summary>
/// A real Azurite on a free port of loopback, or of another address over TLS, which speaks Azure's blob wire and keeps everything in memory: a
/// fixture of tests.
/// </summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Listening = "successfully listens on ";

    // Azurite's account and key are public: they are printed in its manual.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // The Azure packages that Azurite is made of ask for it.
    private const int MinNode = 20;

    private static int s_containers;

    private Process? _process;
    private string? _missing;

    private string _connectionString = "";

    /// <inheritdoc/>
    public Task InitializeAsync() => StartAsync("127.0.0.1", certificate: null);

    /// <summary>Starts it at an address, over TLS where there is a certificate; then it also takes tokens, whose signature it does not check.</summary>
    public async Task StartAsync(string address, TestCertificate? certificate)
    {
        string script = Path.Combine(TestTools.Folder, "azurite/node_modules/azurite/dist/src/blob/main.js");
        if (!File.Exists(script))
        {
            _missing = "Azurite is not installed: eng/test-tools.sh fetches it";
            return;
        }

        _missing = await LacksNodeAsync();
        if (_missing is not null)
        {
            return;
        }

        ProcessStartInfo start = new("node") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in new[]
        {
            script, "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent", "--blobHost", address, "--blobPort", "0",
        }.Concat(certificate is null ? [] : ["--cert", certificate.File, "--key", certificate.KeyFile, "--oauth", "basic"]))
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                _connectionString = $"DefaultEndpointsProtocol={(certificate is null ? "http" : "https")};AccountName={Account};AccountKey={Key};BlobEndpoint={line[(at + Listening.Length)..]}/{Account};";
                return;
            }
        }

        throw new InvalidOperationException($"Azurite ended with exit code {_process.ExitCode} before it listened.");
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _process?.Kill();
        _process?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Options for a container that no other test uses; skips the test where Azurite is missing.</summary>
    public AzureBlobOptions NewContainer(string cacheFolder, long cacheBytes = 1L << 30)
    {
        TestTools.SkipIf(_missing);
        return new AzureBlobOptions
        {
            ConnectionString = _connectionString,
            Container = $"test-{Interlocked.Increment(ref s_containers)}",
            CacheFolder = cacheFolder,
            CacheBytes = cacheBytes,
        };
    }

    /// <summary>Azure's own client for the container, to do what our store never does.</summary>
    public static BlobContainerClient Client(AzureBlobOptions options) => new(options.ConnectionString, options.Container);

    /// <summary>What is wrong with the machine's Node, or null.</summary>
    private static async Task<string?> LacksNodeAsync()
    {
        try
        {
            using Process node = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            string version = (await node.StandardOutput.ReadToEndAsync()).Trim();
            return Version.TryParse(version.TrimStart('v'), out Version? found) && found.Major >= MinNode ? null : $"Azurite needs Node {MinNode}; found {version}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"Azurite needs Node {MinNode}; found none";
        }
    }
}
