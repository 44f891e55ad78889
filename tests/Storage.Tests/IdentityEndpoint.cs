using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.Storage.Tests;

/// <summary>Gives tokens as Azure's managed identities do on App Service (api-version 2019-08-01): to whoever knows the secret of the header.</summary>
internal sealed class IdentityEndpoint : IAsyncDisposable
{
    private const string Endpoint = "IDENTITY_ENDPOINT", Header = "IDENTITY_HEADER";
    private const string Secret = "secret-of-the-header";

    private readonly WebApplication _app;

    private IdentityEndpoint()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Whether the machine has an identity.</summary>
    public bool HasIdentity { get; set; } = true;

    /// <summary>The resources that tokens were asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>The token that it gives.</summary>
    public string Token { get; } = NewToken();

    /// <summary>Starts it, and says in the environment where it is, as the machine's agent does.</summary>
    public static async Task<IdentityEndpoint> StartAsync()
    {
        IdentityEndpoint endpoint = new();
        await endpoint._app.StartAsync();
        Environment.SetEnvironmentVariable(Endpoint, endpoint._app.Urls.Single() + "/msi/token");
        Environment.SetEnvironmentVariable(Header, Secret);
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(Endpoint, null);
        Environment.SetEnvironmentVariable(Header, null);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Path != "/msi/token" || request.Headers["X-IDENTITY-HEADER"] != Secret || request.Query["api-version"] != "2019-08-01" || !HasIdentity)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("""{"statusCode":400,"message":"No MSI found for specified ClientId/ResourceId."}""");
            return;
        }

        Asked.Enqueue(request.Query["resource"].ToString());
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject
        {
            ["access_token"] = Token,
            ["expires_on"] = $"{TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}",
            ["resource"] = request.Query["resource"].ToString(),
            ["token_type"] = "Bearer",
        }.ToJsonString());
    }

    private static string NewToken()
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject claims = new()
        {
            ["aud"] = "https://storage.azure.com",
            ["iss"] = "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
            ["iat"] = now - 60,
            ["nbf"] = now - 60,
            ["exp"] = now + 3600,
        };
        return $"{Encoded("""{"alg":"RS256","typ":"JWT"}""")}.{Encoded(claims.ToJsonString())}.{Encoded("signature")}";
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
