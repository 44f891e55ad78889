using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pipeline.Testing;

/// <summary>
/// A real PostgreSQL with its data in a temporary folder, on a free port of loopback and, where that is wanted, of another address over TLS and with a
/// password. Its databases order texts as English does, unlike SQLite.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "pipeline";
    private const string Loopback = "127.0.0.1";

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
    private readonly string _address;
    private readonly string[] _tls = [];
    private Process? _process;

    private PostgresServer(string address, TestCertificate? certificate)
    {
        _address = address;
        if (certificate is not null)
        {
            // The server wants files of its own that nobody else may read.
            File.Copy(certificate.File, Path.Combine(_folder, "server.pem"));
            File.Copy(certificate.KeyFile, Path.Combine(_folder, "server.key"));
            _tls = ["-c", "ssl=on", "-c", $"ssl_cert_file={_folder}/server.pem", "-c", $"ssl_key_file={_folder}/server.key"];
        }
    }

    /// <summary>A connection string for a new empty database of the server that the tests of an assembly share; skips the test where there is no PostgreSQL.</summary>
    public static async Task<string> NewSharedDatabaseAsync()
    {
        SkipWhereMissing();
        return await (await SharedServer.Value).NewDatabaseAsync();
    }

    /// <summary>Starts a server of one's own; skips the test where there is no PostgreSQL.</summary>
    public static Task<PostgresServer> StartAsync() => StartAsync(Loopback, certificate: null);

    /// <summary>Starts a server that other addresses reach too, over TLS and with a password; skips the test where there is no PostgreSQL.</summary>
    public static async Task<PostgresServer> StartAsync(string address, TestCertificate? certificate)
    {
        SkipWhereMissing();
        PostgresServer server = new(address, certificate);
        if (certificate is not null)
        {
            await RunAsync("chmod", "600", Path.Combine(server._folder, "server.key"));
        }

        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "-R", Unprivileged, server._folder);
        }

        await RunAsync([.. AsUnprivileged(), $"{Binaries}/initdb", "-D", server.Data, "-U", User, "--auth=trust", "-E", "UTF8",
            "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]);
        await File.AppendAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), "hostssl all all 0.0.0.0/0 scram-sha-256\n");
        await server.ResumeAsync();
        await server.ExecuteAsync($"ALTER USER {User} PASSWORD '{User}'");
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
        Linux.Quit(int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture));
        await _process!.WaitForExitAsync();
    }

    /// <summary>Starts the server again and waits until it answers.</summary>
    public async Task ResumeAsync()
    {
        // Nothing here outlives the tests, so nothing waits for the disk; a crash of the server alone loses nothing even so.
        string[] command = ["sh", "-c", Guarded, "sh", _folder, .. AsUnprivileged(), $"{Binaries}/postgres", "-D", Data, "-p", $"{_port}", "-k", _folder,
            "-c", $"listen_addresses={Loopback},{_address}", "-c", "fsync=off", "-c", "shared_buffers=32MB", .. _tls];
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

    /// <summary>How a database is reached at the server's outer address.</summary>
    public string OuterConnectionString(string database, TestCertificate certificate) =>
        $"Host={_address};Port={_port};Username={User};Password={User};Database={database};SSL Mode=VerifyFull;Root Certificate={certificate.File}";

    private string ConnectionString(string database) => $"Host={Loopback};Port={_port};Username={User};Database={database}";

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
