using Npgsql;
using Pipeline.Storage.Blobs;

namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// Two orchestrators and two workers, each a process on a machine of its own with its own address, around PostgreSQL and Azurite on a fifth; all
/// speak TLS. The machines share nothing but the recordings.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const int Door = 7443;

    private static readonly int[] OrchestratorMachines = [11, 12];
    private static readonly int[] WorkerMachines = [21, 22];

    private readonly TemporaryFolder _folder = new();
    private readonly NetworkNamespaces _network = new();
    private readonly Azurite _azurite = new();
    private readonly TestCertificate _certificate;
    private readonly string _configuration;
    private PostgresServer _postgres = null!;
    private string _database = "";
    private string _servers = "";

    /// <summary>Takes the text of a pipeline.yaml without stores.</summary>
    public Cluster(string configuration)
    {
        _configuration = configuration;
        _certificate = new TestCertificate(_folder.Path, [_network.Here, .. OrchestratorMachines.Select(_network.Address)]);
    }

    public List<CommandLine.Running> Orchestrators { get; } = [];

    public List<CommandLine.Running> Workers { get; } = [];

    /// <summary>The command line of a person on the machine in the middle, with an operator's token.</summary>
    public CommandLine Person { get; private set; } = null!;

    /// <summary>The words that name the servers to a command.</summary>
    public string[] Server => ["--server", _servers];

    public async Task StartAsync()
    {
        _postgres = await PostgresServer.StartAsync(_network.Here.ToString(), _certificate);
        await _azurite.StartAsync(_network.Here.ToString(), _certificate);
        _database = await _postgres.NewDatabaseAsync();
        AzureBlobOptions blobs = _azurite.NewContainer("");
        string stores = $$"""
            state: { postgres: "{{_postgres.OuterConnectionString(new NpgsqlConnectionStringBuilder(_database).Database!, _certificate)}}" }
            blobs: { azure: { connectionString: "{{blobs.ConnectionString}}", container: {{blobs.Container}} } }

            """;
        string[] tokens = [.. new[] { "operator", "worker" }.Select(role => NewToken(On(1, [], stores), role))];
        _servers = string.Join(',', OrchestratorMachines.Select(m => $"https://{_network.Address(m)}:{Door}"));
        Person = On(1, [], stores, tokens[0]);
        foreach (int machine in OrchestratorMachines)
        {
            Orchestrators.Add(On(machine, _network.Add(machine), stores).Start(
                "up", "--port", "0", "--listen", $"{_network.Address(machine)}:{Door}", "--certificate", _certificate.File, "--key", _certificate.KeyFile));
        }

        foreach (CommandLine.Running orchestrator in Orchestrators)
        {
            orchestrator.WaitForLine();
        }

        foreach (int machine in WorkerMachines)
        {
            Workers.Add(On(machine, _network.Add(machine), stores, tokens[1]).Start(["worker", .. Server]));
        }
    }

    /// <summary>The first number of a query over the state, or null.</summary>
    public async Task<long?> QueryAsync(string sql)
    {
        await using NpgsqlConnection connection = new(_database);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CommandLine.Running process in Orchestrators.Concat(Workers))
        {
            process.Dispose();
        }

        await _azurite.DisposeAsync();
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        _network.Dispose();
        _folder.Dispose();
    }

    private static string NewToken(CommandLine line, string role)
    {
        Outcome made = line.Run("tokens", "create", role, "--role", role);
        Assert.True(made.ExitCode == 0, made.ToString());
        return made.Output.Trim();
    }

    /// <summary>The command line on a machine: a folder of its own with the same pipeline.yaml, and trust in the cluster's certificate.</summary>
    private CommandLine On(int machine, string[] before, string stores, string? token = null)
    {
        string folder = Directory.CreateDirectory(_folder.File($"machine-{machine}")).FullName;
        File.WriteAllText(Path.Combine(folder, "pipeline.yaml"), stores + _configuration);
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["SSL_CERT_FILE"] = _certificate.File };
        if (token is not null)
        {
            environment.Add("PIPELINE_TOKEN", token);
        }

        return new CommandLine(folder, before, environment);
    }
}
