using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.Mlflow;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Who is let in: over TLS from this machine's own outer address, where it has one, with every role at every route.</summary>
public sealed class DoorsTests : IAsyncLifetime
{
    private readonly HostFixture _fixture = new(postgres: null);
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<Role, string> _tokens = [];
    private IPEndPoint? _outer;
    private X509Certificate2? _certificate;

    public async Task InitializeAsync()
    {
        _outer = OuterAddress() is { } address ? new IPEndPoint(address, FreePort(address)) : null;
        if (_outer is not null)
        {
            TestCertificate files = new(_folder.Path, _outer.Address);
            _certificate = X509Certificate2.CreateFromPemFile(files.File, files.KeyFile);
        }

        OrchestratorHost host = await _fixture.StartAsync(_outer is null ? null : new OuterDoor(_outer, _certificate!), (routes, state) => routes.MapMlflow(state, _fixture.Blobs, TimeProvider.System, Promoter.AliasMovedAsync));
        foreach (Role role in Enum.GetValues<Role>())
        {
            _tokens.Add(role, await host.State.WriteAsync(t => new TokenStore(t).CreateAsync($"test-{role}", role, TimeProvider.System.GetUtcNow(), null), default));
        }
    }

    public async Task DisposeAsync()
    {
        await _fixture.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_route_asks_others_for_a_token_and_every_role_but_the_right_ones_is_refused()
    {
        TestTools.SkipIf(_outer is null ? "this machine has no address but loopback" : null);
        using HttpClient http = Client();
        int routes = 0;
        foreach (RouteEndpoint route in _fixture.Host.Routes)
        {
            NeedsRole needs = route.Metadata.GetMetadata<NeedsRole>() ?? throw new InvalidOperationException($"{route.DisplayName} says nothing of roles.");
            string path = Regex.Replace(route.RoutePattern.RawText!, "{[^}]*}", "1", RegexOptions.None, TimeSpan.FromSeconds(1));
            foreach (string method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                routes++;
                Assert.Equal(needs.Role is null, await IsLetInAsync(http, method, path, token: null));
                Assert.Equal(needs.Role is null, await IsLetInAsync(http, method, path, "pipeline_" + new string('A', 43)));
                foreach ((Role role, string token) in _tokens)
                {
                    Assert.Equal(needs.Role is null || role.May(needs.Role.Value), await IsLetInAsync(http, method, path, token));
                }
            }
        }

        Assert.True(routes > 30, $"Only {routes} routes were found.");
    }

    [Fact]
    public async Task A_revoked_or_ended_token_lets_nobody_in()
    {
        TestTools.SkipIf(_outer is null ? "this machine has no address but loopback" : null);
        using HttpClient http = Client();
        Assert.True(await IsLetInAsync(http, "GET", "/api/v1/sweeps", _tokens[Role.Viewer]));
        await _fixture.Host.State.WriteAsync(static t => new TokenStore(t).RevokeAsync("test-Viewer"), default);
        Assert.False(await IsLetInAsync(http, "GET", "/api/v1/sweeps", _tokens[Role.Viewer]));
        DateTimeOffset past = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        string ended = await _fixture.Host.State.WriteAsync(t => new TokenStore(t).CreateAsync("ended", Role.Admin, past, past), default);
        Assert.False(await IsLetInAsync(http, "GET", "/api/v1/sweeps", ended));
    }

    [Fact]
    public async Task What_is_stored_of_a_token_is_not_the_token()
    {
        string database = Path.Combine(_fixture.StateFolder, "pipeline.db");
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(database)!, "pipeline.db*"))
        {
            await using FileStream open = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader reader = new(open, System.Text.Encoding.Latin1);
            string bytes = await reader.ReadToEndAsync();
            Assert.All(_tokens.Values, token => Assert.DoesNotContain(token, bytes, StringComparison.Ordinal));
        }

        Assert.Equal(5, (await _fixture.Host.State.ReadAsync(static t => new TokenStore(t).ListAsync(), default)).Count);
    }

    [Fact]
    public async Task On_this_machine_nothing_is_asked_but_a_page_of_another_site_is_kept_out()
    {
        using HttpClient http = new();
        Uri sweeps = new(_fixture.Host.Url, "/api/v1/sweeps");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(sweeps)).StatusCode);

        // A name of another site that resolves to this machine.
        using HttpRequestMessage rebound = new(HttpMethod.Get, sweeps) { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(rebound)).StatusCode);

        using HttpRequestMessage posted = new(HttpMethod.Post, new Uri(_fixture.Host.Url, "/api/v1/sweeps/none/pause")) { Headers = { { "Origin", "https://evil.example" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(posted)).StatusCode);
    }

    [Fact]
    public async Task What_a_token_does_is_in_the_promotion_log_under_its_name_and_an_alias_that_it_moves_queues_builds()
    {
        TestTools.SkipIf(_outer is null ? "this machine has no address but loopback" : null);
        await _fixture.Host.State.WriteAsync(
            static async t =>
            {
                ExperimentId experiment = await new ExperimentStore(t).EnsureAsync("test", DateTimeOffset.UnixEpoch);
                await new RunStore(t).CreateAsync(PromoterTests.Model.Run, experiment, "run", "me", DateTimeOffset.UnixEpoch);
                await new ModelStore(t).AddVersionAsync("kws", PromoterTests.Model, "me", DateTimeOffset.UnixEpoch);
                await new BuildStore(t).BindAsync("kws", "challenger", [new TargetSpec("cortex-m4", "cortex-m4")]);
            },
            default);
        using HttpClient http = Client();
        const string body = """{"name":"kws","alias":"challenger","version":"1"}""";
        using HttpResponseMessage response = await SendAsync(http, "POST", "/api/2.0/mlflow/registered-models/alias", _tokens[Role.Operator], new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Promotion move = Assert.Single(await _fixture.Host.State.ReadAsync(static t => new ModelStore(t).HistoryAsync("kws"), default));
        Assert.Equal(("test-Operator", "challenger", 1L), (move.User, move.Alias, move.ToVersion));
        BuildRow build = Assert.Single(await new BuildQueries(_fixture.Host.State).ListAsync(default));
        Assert.Equal(("kws", 1L, "cortex-m4", TaskState.Ready), (build.Model, build.Version, build.Target.Name, build.State));
    }

    [Fact]
    public async Task Who_may_only_look_logs_in_sees_who_they_are_and_no_button_and_is_told_on_a_page_what_they_may_not_do()
    {
        TestTools.SkipIf(_outer is null ? "this machine has no address but loopback" : null);
        using HttpClient http = Client(cookies: true);
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        Assert.EndsWith("/login", (await http.GetAsync(new Uri($"https://{_outer}/jobs"))).RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
        using HttpResponseMessage wrong = await LogInAsync(http, _tokens[Role.Worker]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);

        using HttpResponseMessage right = await LogInAsync(http, _tokens[Role.Viewer]);
        string page = await right.Content.ReadAsStringAsync();
        Assert.Contains("<body class=\"looks\">", page, StringComparison.Ordinal);
        Assert.Contains("test-Viewer, viewer", page, StringComparison.Ordinal);

        using HttpResponseMessage refused = await http.PostAsync(new Uri($"https://{_outer}/act/jobs/retry/shard:1/1"), null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("needs the role operator", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("text/html", refused.Content.Headers.ContentType!.MediaType);

        using HttpResponseMessage gone = await http.PostAsync(new Uri($"https://{_outer}/logout"), null);
        Assert.EndsWith("/login", (await http.GetAsync(new Uri($"https://{_outer}/"))).RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> LogInAsync(HttpClient http, string token)
    {
        using FormUrlEncodedContent form = new([new("token", token)]);
        return await http.PostAsync(new Uri($"https://{_outer}/login"), form);
    }

    private async Task<bool> IsLetInAsync(HttpClient http, string method, string path, string? token)
    {
        // What the route makes of an empty body does not matter here, nor its answer's end: a claim may wait for long.
        StringContent? content = method == "GET" ? null : new("null", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await SendAsync(http, method, path, token, content);
        return response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
    }

    private Task<HttpResponseMessage> SendAsync(HttpClient http, string method, string path, string? token, HttpContent? content)
    {
        HttpRequestMessage request = new(new HttpMethod(method), new Uri($"https://{_outer}{path}")) { Content = content };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private HttpClient Client(bool cookies = false) => new(new SocketsHttpHandler
    {
        UseCookies = cookies,
        SslOptions = { CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _certificate! }, RevocationMode = X509RevocationMode.NoCheck } },
    });

    private static IPAddress? OuterAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static i => i.OperationalStatus == OperationalStatus.Up)
        .SelectMany(static i => i.GetIPProperties().UnicastAddresses)
        .Select(static a => a.Address)
        .FirstOrDefault(static a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));

    private static int FreePort(IPAddress address)
    {
        using TcpListener listener = new(address, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
