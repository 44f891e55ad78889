using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Api;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Access;

/// <summary>
/// Lets a request in or not. Loopback needs nothing, but must have named this machine as its host, so that a page of another site that a browser
/// shows here cannot reach us under its own name. From any other address a request needs a token, as a bearer or in the page's cookie, with the role
/// that the route asks for. A route that says nothing of roles is closed.
/// </summary>
/// <param name="next">What follows.</param>
/// <param name="state">Holds the tokens.</param>
/// <param name="time">The clock.</param>
/// <param name="tellPerson">Says on a page, with a status, why a person is not let in.</param>
internal sealed class Doors(RequestDelegate next, StateDatabase state, TimeProvider time, Func<HttpContext, int, string, Task> tellPerson)
{
    /// <summary>The cookie that the page keeps its token in.</summary>
    public const string Cookie = "pipeline-token";

    private const string Bearer = "Bearer ";

    private static readonly Verdict Open = new(StatusCodes.Status200OK, "", null);

    public async Task InvokeAsync(HttpContext context)
    {
        Verdict verdict = await JudgeAsync(context);
        if (verdict.Status == StatusCodes.Status200OK)
        {
            verdict.Caller?.Enter(context);
            await next(context);
            return;
        }

        context.Response.StatusCode = verdict.Status;
        if (IsPerson(context.Request))
        {
            await (verdict.Status == StatusCodes.Status401Unauthorized ? LeadToLogin(context) : tellPerson(context, verdict.Status, verdict.Message));
            return;
        }

        if (verdict.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.Response.WriteAsJsonAsync(new ApiError(verdict.Message), OrchestratorJson.Default.ApiError);
    }

    private async Task<Verdict> JudgeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>() is not { } needs)
        {
            return context.GetEndpoint() is null && IsHere(context)
                ? new(StatusCodes.Status404NotFound, $"There is no {request.Method} {request.Path}.", null)
                : new(StatusCodes.Status403Forbidden, $"{request.Method} {request.Path} is open to nobody.", null);
        }

        if (IsFromAnotherSite(request))
        {
            return new(StatusCodes.Status403Forbidden, "The request comes from a page of another site.", null);
        }

        if (needs.Role is not { } needed)
        {
            return Open;
        }

        if (IsHere(context))
        {
            return Open with { Caller = Caller.Here };
        }

        string? text = TokenOf(request);
        return (text is null ? null : await state.ReadAsync(t => new TokenStore(t).FindAsync(text, time.GetUtcNow()), context.RequestAborted)) switch
        {
            null => new(
                StatusCodes.Status401Unauthorized,
                "A token is needed: Authorization: Bearer TOKEN. An administrator makes one: pipeline tokens create NAME --role ROLE.",
                null),
            { } token when !token.Role.May(needed) => new(
                StatusCodes.Status403Forbidden, $"This needs the role {StateName.Of(needed)}; that of the token '{token.Name}' is {StateName.Of(token.Role)}.", null),
            { } token => Open with { Caller = new(token.Name, token.Role) },
        };
    }

    private static Task LeadToLogin(HttpContext context)
    {
        context.Response.Redirect("/login");
        return Task.CompletedTask;
    }

    /// <summary>Whether a browser asks for a page, or sends one of its forms: who has no token is led to where one can be given.</summary>
    private static bool IsPerson(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static string? TokenOf(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : request.Cookies[Cookie];
    }

    /// <summary>Whether the caller is on this machine and knows it by a name that only this machine has.</summary>
    private static bool IsHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && (context.Request.Host.Host is "localhost" || (IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out IPAddress? host) && IPAddress.IsLoopback(host)));

    /// <summary>Browsers say where a request that may change something comes from; other clients say nothing.</summary>
    private static bool IsFromAnotherSite(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && request.Headers[HeaderNames.Origin].ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? site) && new HostString(site.Authority) == request.Host);

    private sealed record Verdict(int Status, string Message, Caller? Caller);
}

/// <summary>Says which role routes need.</summary>
public static class DoorConventions
{
    /// <summary>The routes need this role, or none.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Role? role)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new NeedsRole(role));
}
