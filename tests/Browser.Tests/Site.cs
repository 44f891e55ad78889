using System.Text.Json;
using Microsoft.Playwright;

namespace Pipeline.Browser.Tests;

/// <summary>An orchestrator with two workers on recordings of tones, and a headless Chromium that looks at it.</summary>
public sealed class Site : IAsyncLifetime
{
    private readonly Workspace _workspace = new();
    private CommandLine.Running? _up;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where the orchestrator is.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The state of the sweeps over the API, for what a test compares the page with.</summary>
    public HttpClient Http { get; } = new();

    public async Task InitializeAsync()
    {
        if (!File.Exists(Chromium))
        {
            return;
        }

        _workspace.Write("pipeline.yaml", File.ReadAllText(_workspace.PathOf("pipeline.yaml")) + """

            fleets: { lab: { devices: { labels: { site: lab } } } }
            recurring: { yearly: { cron: "0 0 0 1 1 ?", submit: sweep.yaml } }
            """);
        int port = FreePort();
        _up = _workspace.Line.Start("up", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--workers", "2");
        _up.WaitForLine();
        Url = new Uri($"http://127.0.0.1:{port}/");
        Http.BaseAddress = Url;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
    }

    /// <summary>A window of its own; the test is skipped where there is no Chromium.</summary>
    public async Task<IPage> OpenAsync(int width = 1400, bool script = true)
    {
        TestTools.SkipIf(_browser is null ? "needs Chromium: eng/test-tools.sh .artifacts/npm chromium" : null);
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Url.ToString(), JavaScriptEnabled = script, ViewportSize = new ViewportSize { Width = width, Height = 1000 },
        });
        context.SetDefaultTimeout(60_000);
        return await context.NewPageAsync();
    }

    /// <summary>Submits a sweep that trains tones; gives its id.</summary>
    public string Submit(string name, string rates, int epochs, string more = "")
    {
        TestTools.SkipIf(_browser is null ? "needs Chromium: eng/test-tools.sh .artifacts/npm chromium" : null);
        _workspace.Write($"{name}.yaml", $$"""
            name: {{name}}
            model: bc-resnet
            featureSet: tones
            search: { method: grid }
            parameters:
              train.learningRate: { choice: [{{rates}}] }
            train: { epochs: {{epochs}}, batchSize: 16, schedule: { warmupEpochs: 1, decay: cosine } }
            register: { model: {{name}}, alias: challenger }
            {{more}}
            """);
        Outcome outcome = _workspace.Line.Run("submit", $"{name}.yaml", "--server", Url.ToString(), "--detach", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Json.GetProperty("sweep").GetString()!;
    }

    /// <summary>How many claims of a trial wrote into its log.</summary>
    public async Task<int> ClaimsAsync(string sweep, int trial)
    {
        using JsonDocument log = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"/api/v1/sweeps/{sweep}/trials/{trial}/log", UriKind.Relative)));
        return log.RootElement.EnumerateArray().Select(static l => l.GetProperty("token").GetInt64()).Distinct().Count();
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        Http.Dispose();
        _up?.Dispose();
        _workspace.Dispose();
    }

    private static string Chromium => Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    private static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
