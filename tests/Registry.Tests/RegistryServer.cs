using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Registry.Mlflow;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Tests;

/// <summary>The MLflow wire on a real Kestrel over a real state database, with two trials of a sweep in it.</summary>
public abstract class RegistryServer : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    protected string Folder { get; } = Path.Combine(Path.GetTempPath(), "registry-" + Path.GetRandomFileName());
    private WebApplication _app = null!;

    public StateDatabase State { get; private set; } = null!;

    public DirectoryBlobStore Blobs { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public ExperimentId Experiment { get; private set; }

    /// <summary>What was told to whoever queues builds.</summary>
    public ConcurrentQueue<string> MovedAliases { get; } = [];

    public static RunId First { get; } = new("00000000000000000000000000000001");

    public static RunId Second { get; } = new("00000000000000000000000000000002");

    public async Task InitializeAsync()
    {
        State = await OpenStateAsync();
        Blobs = new DirectoryBlobStore(Path.Combine(Folder, "blobs"));
        await SeedAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapMlflow(State, Blobs, new StoppedClock(), (_, model, alias) =>
        {
            MovedAliases.Enqueue($"{model}@{alias}");
            return Task.CompletedTask;
        });
        await _app.StartAsync();
        string address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Http = new HttpClient { BaseAddress = new Uri(address) };
    }

    public async Task DisposeAsync()
    {
        // Nothing was started where there is no server for the state.
        if (State is not null)
        {
            Http.Dispose();
            await _app.DisposeAsync();
            await State.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }

    protected abstract Task<StateDatabase> OpenStateAsync();

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(int Status, string Body)> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await Http.PostAsJsonAsync(path, body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a body as it is.</summary>
    public async Task<(int Status, string Body)> SendAsync(string method, string path, string body, string type = "application/json")
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, type);
        using HttpResponseMessage response = await Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>A POST of MLflow's clients.</summary>
    public Task<(int Status, string Body)> CallAsync(string call, object body) => PostAsync("/api/2.0/mlflow/" + call, body);

    /// <summary>A call of MLflow's clients by another method.</summary>
    public Task<(int Status, string Body)> CallAsync(string method, string call, object body) =>
        SendAsync(method, "/api/2.0/mlflow/" + call, JsonSerializer.Serialize(body));

    public async Task<string> NewExperimentAsync(string name, params (string Key, string Value)[] tags)
    {
        (_, string body) = await CallAsync("experiments/create", new { name, tags = tags.Select(t => new { key = t.Key, value = t.Value }) });
        return JsonNode.Parse(body)!["experiment_id"]!.GetValue<string>();
    }

    public async Task<string> NewRunAsync(string experiment = "0")
    {
        (_, string body) = await CallAsync("runs/create", new { experiment_id = experiment, user_id = "ada" });
        return JsonNode.Parse(body)!["run"]!["info"]!["run_id"]!.GetValue<string>();
    }

    public async Task<JsonNode> RunAsync(string id) => JsonNode.Parse((await GetAsync($"/api/2.0/mlflow/runs/get?run_id={id}")).Body)!["run"]!;

    public static ModelDescription Model(RunId run) => new()
    {
        Model = "bc-resnet",
        ModelParameters = new(StringComparer.Ordinal) { ["tau"] = 1.5, ["classes"] = 3 },
        Classes = ["_silence_", "no", "yes"],
        FrontEnd = "log-mel-40-torchaudio",
        Frames = 101,
        FeatureSet = new FeatureSetId("0123456789abcdef"),
        WeightsBlob = "trials/demo/0/weights.safetensors",
        WeightsSha256 = new string('a', 64),
        Run = run,
        Metrics = new(StringComparer.Ordinal) { ["test/accuracy"] = 0.75 },
    };

    private async Task SeedAsync()
    {
        await Blobs.PutAsync("trials/demo/0/weights.safetensors", new byte[] { 1, 2, 3 }, default);
        IReadOnlyList<RunArtifact> artifacts = await ModelArtifacts.PublishAsync(Blobs, Model(First), [[1, 0, 0], [0, 2, 1], [0, 0, 3]], default);
        Experiment = await State.WriteAsync(async t => await SeedAsync(t, artifacts), default);
    }

    private static async Task<ExperimentId> SeedAsync(StateTransaction t, IReadOnlyList<RunArtifact> artifacts)
    {
        ExperimentId experiment = await new ExperimentStore(t).EnsureAsync("demo", Start);
        RunStore runs = new(t);
        MetricStore metrics = new(t);
        foreach ((RunId run, double tau, int second) in new[] { (First, 1.5, 0), (Second, 8.0, 60) })
        {
            await runs.CreateAsync(run, experiment, $"demo/{second}", "ada", Start.AddSeconds(second));
            await runs.LogParamsAsync(run, new Dictionary<string, string> { ["model.tau"] = tau.ToString(CultureInfo.InvariantCulture) });
            await metrics.LogAsync(run, [new("val/accuracy", tau / 10, 1, Start), new("val/accuracy", tau / 5, 2, Start.AddSeconds(1))]);
        }

        await metrics.LogAsync(First, [new("train/loss", double.NaN, 1, Start)]);
        await runs.SetStatusAsync(First, RunStatus.Finished, Start.AddSeconds(9));
        foreach (RunArtifact artifact in artifacts)
        {
            await runs.SetArtifactAsync(First, artifact.Path, artifact.Blob);
        }

        ModelStore models = new(t);
        long version = await models.AddVersionAsync("kws", Model(First), "ada", Start.AddSeconds(10));
        await models.SetAliasAsync("kws", "challenger", version, "ada", "best of demo", Start.AddSeconds(10));
        return experiment;
    }
}

/// <summary>Always <see cref="RegistryServer.Start"/>, so that answers are known to the byte.</summary>
public sealed class StoppedClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => RegistryServer.Start;
}

public sealed class SqliteRegistryServer : RegistryServer
{
    protected override Task<StateDatabase> OpenStateAsync() => StateDatabase.OpenAsync(Path.Combine(Folder, "state.db"), durable: false);
}

public sealed class PostgresRegistryServer : RegistryServer
{
    protected override async Task<StateDatabase> OpenStateAsync() => await StateDatabase.OpenPostgresAsync(await PostgresServer.NewSharedDatabaseAsync());
}
