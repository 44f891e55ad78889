using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.Storage.Tests;

/// <summary>What becomes of a request.</summary>
internal enum Fault
{
    /// <summary>It is answered by the service.</summary>
    None,

    /// <summary>It is answered 503, and the service never hears it.</summary>
    Busy,

    /// <summary>The connection is cut before the service hears it.</summary>
    CutBefore,

    /// <summary>The connection is cut when the service has done it, so that the answer is lost.</summary>
    CutAfter,

    /// <summary>The answer breaks off in its middle.</summary>
    CutAnswer,
}

/// <summary>A real HTTP server in front of a blob service: passes requests on, but for those for which something goes wrong.</summary>
internal sealed class FaultyFront : IAsyncDisposable
{
    private static readonly string[] OfTheConnection = ["Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Expect"];

    private readonly HttpClient _client = new();
    private readonly Uri _service;
    private readonly WebApplication _front;
    private int _requests;

    private FaultyFront(Uri service)
    {
        _service = service;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _front = builder.Build();
        _front.Run(AnswerAsync);
    }

    public int Port => new Uri(_front.Urls.Single()).Port;

    /// <summary>The requests that came, tries of one another among them.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>What becomes of the request of a number.</summary>
    public Func<int, Fault> FaultOf { get; set; } = static _ => Fault.None;

    public static async Task<FaultyFront> StartAsync(Uri service)
    {
        FaultyFront front = new(service);
        await front._front.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        _client.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Fault fault = FaultOf(Interlocked.Increment(ref _requests));
        using HttpRequestMessage request = await CopyAsync(context.Request);
        if (fault == Fault.Busy)
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["x-ms-error-code"] = "ServerBusy";
            return;
        }

        if (fault == Fault.CutBefore)
        {
            context.Abort();
            return;
        }

        using HttpResponseMessage answer = await _client.SendAsync(request);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        if (fault == Fault.CutAfter)
        {
            context.Abort();
            return;
        }

        await WriteAsync(context, answer, body, fault == Fault.CutAnswer);
    }

    private async Task<HttpRequestMessage> CopyAsync(HttpRequest from)
    {
        using MemoryStream body = new();
        await from.Body.CopyToAsync(body);
        HttpRequestMessage to = new(new HttpMethod(from.Method), new Uri(_service, $"{from.Path}{from.QueryString}")) { Content = new ByteArrayContent(body.ToArray()) };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in from.Headers.Where(static h => !OfTheConnection.Contains(h.Key)))
        {
            if (!to.Headers.TryAddWithoutValidation(name, value.ToString()))
            {
                to.Content.Headers.TryAddWithoutValidation(name, value.ToString());
            }
        }

        return to;
    }

    private static async Task WriteAsync(HttpContext context, HttpResponseMessage answer, byte[] body, bool cut)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers).Where(static h => !OfTheConnection.Contains(h.Key)))
        {
            context.Response.Headers[name] = string.Join(", ", values);
        }

        if (body.Length > 0)
        {
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, cut ? body.Length / 2 : body.Length));
            await context.Response.Body.FlushAsync();
        }

        if (cut)
        {
            context.Abort();
        }
    }
}
