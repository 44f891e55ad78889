using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pipeline.Testing;

/// <summary>
/// A real PostgreSQL with its data in a temporary folder, on a free port of loopback. Its databases order texts as English does, unlike SQLite.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "pipeline";

    // Ends the server and removes its folder when our end of the standard input closes: also where the tests are killed. A server that ends by
    // itself (a crash that a test wants) ends the script and leaves the folder. $1 is the folder, the rest is the server's command.
    private const string Guarded =
        """
        folder=$1; shift
        exec 3<&0
        "$@" 3<&- </dev/null & server=$!
        { cat <&3; trap '' TERM; kill -QUIT $server; while kill -0 $server; do sleep 0.1; done; rm -rf "$folder"; } >/dev/null 2>&1 & guard=$!
        wait $server; kill $guard
        """;

    // PostgreSQL refuses to run as root; Debian's package brings this user.
    private const string Unprivileged = "postgres";

    private static readonly string? Binaries = FindBinaries();
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(StartAsync);
    private static int s_databases;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-postgres-").FullName;
    private readonly int _port = FreePort();
    private Process? _process;

    private PostgresServer()
    {
    }

    /// <summary>A connection string for a new empty database of the server that the tests of an assembly share; skips the test where there is no PostgreSQL.</summary>
    public static async Task<string> NewSharedDatabaseAsync()
    {
        SkipWhereMissing();
        return await (await SharedServer.Value).NewDatabaseAsync();
    }

    /// <summary>Starts a server of one's own; skips the test where there is no PostgreSQL.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        SkipWhereMissing();
        PostgresServer server = new();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", Unprivileged, server._folder);
        }

        await RunAsync([.. AsUnprivileged(), $"{Binaries}/initdb", "-D", server.Data, "-U", User, "--auth=trust", "-E", "UTF8",
            "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]);
        await server.ResumeAsync();
        return server;
    }

    /// <summary>A connection string for a new empty database.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        string name = $"test_{Interlocked.Increment(ref s_databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Ends the server at once, as a crash would: sessions break, and the next start recovers.</summary>
    public async Task CrashAsync()
    {
        await RunAsync("kill", "-QUIT", (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0]);
        await _process!.WaitForExitAsync();
    }

    /// <summary>Starts the server again and waits until it answers.</summary>
    public async Task ResumeAsync()
    {
        // Nothing here outlives the tests, so nothing waits for the disk; a crash of the server alone loses nothing even so.
        string[] command = ["sh", "-c", Guarded, "sh", _folder, .. AsUnprivileged(), $"{Binaries}/postgres", "-D", Data, "-p", $"{_port}", "-k", _folder,
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=32MB"];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_process.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Runs a statement as an administrator.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = new(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await CrashAsync();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static void SkipWhereMissing() => TestTools.SkipIf(
        Binaries is null ? "PostgreSQL is not installed (apt-get install postgresql)" : null);

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Username={User};Database={database}";

    private static string[] AsUnprivileged() => Environment.IsPrivilegedProcess
        ? ["setpriv", $"--reuid={Unprivileged}", $"--regid={Unprivileged}", "--clear-groups"]
        : [];

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync() + await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with exit code {process.ExitCode}: {errors}");
        }
    }

    private static string? FindBinaries()
    {
        const string Debian = "/usr/lib/postgresql";
        return Directory.Exists(Debian)
            ? Directory.EnumerateDirectories(Debian).Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(d + "/initdb"))
            : null;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
