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
internal sealed class Doors(RequestDelegate next, StateDatabase state, TimeProvider time)
{
    /// <summary>The cookie that the page keeps its token in.</summary>
    public const string Cookie = "pipeline-token";

    private const string Bearer = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        (int status, string message) = await JudgeAsync(context);
        if (status == StatusCodes.Status200OK)
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
        {
            if (IsPerson(context.Request))
            {
                context.Response.Redirect("/login");
                return;
            }

            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.Response.WriteAsJsonAsync(new ApiError(message), OrchestratorJson.Default.ApiError);
    }

    private async Task<(int Status, string Message)> JudgeAsync(HttpContext context)
    {
        (int, string) welcome = (StatusCodes.Status200OK, "");
        HttpRequest request = context.Request;
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>() is not { } needs)
        {
            return context.GetEndpoint() is null && IsHere(context)
                ? (StatusCodes.Status404NotFound, $"There is no {request.Method} {request.Path}.")
                : (StatusCodes.Status403Forbidden, $"{request.Method} {request.Path} is open to nobody.");
        }

        if (IsFromAnotherSite(request))
        {
            return (StatusCodes.Status403Forbidden, "The request comes from a page of another site.");
        }

        if (needs.Role is not { } needed || IsHere(context))
        {
            return welcome;
        }

        string? token = TokenOf(request);
        Role? role = token is null ? null : await state.ReadAsync(t => new TokenStore(t).FindRoleAsync(token, time.GetUtcNow()), context.RequestAborted);
        return role switch
        {
            null => (StatusCodes.Status401Unauthorized, "A token is needed: Authorization: Bearer TOKEN. An administrator makes one: pipeline tokens create NAME --role ROLE."),
            { } holder when !holder.May(needed) => (StatusCodes.Status403Forbidden, $"This needs the role {StateName.Of(needed)}; the token's is {StateName.Of(holder)}."),
            _ => welcome,
        };
    }

    /// <summary>Whether a browser asks for a page; it is led to where a token can be given.</summary>
    private static bool IsPerson(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

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
}

/// <summary>Says which role routes need.</summary>
public static class DoorConventions
{
    /// <summary>The routes need this role, or none.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Role? role)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new NeedsRole(role));
}
