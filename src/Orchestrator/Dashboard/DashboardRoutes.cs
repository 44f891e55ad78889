using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Dashboard.Pages;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>
/// The page's addresses. Every page is drawn whole on the server; <c>/live</c> before its address streams the parts that change. Buttons post to
/// <c>/act</c> (<see cref="DashboardActions"/>).
/// </summary>
internal sealed class DashboardRoutes(DashboardPages pages, PageRenderer renderer, LivePages live)
{
    /// <summary>No script but ours, no frame around us, nothing from elsewhere. The referrer stays, for without it browsers hide where a form comes from.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly (string File, string Type)[] Assets = [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (string pattern in DashboardPages.Patterns)
        {
            routes.MapGet(pattern, AnswerPageAsync).Needs(Role.Viewer);
        }

        routes.MapGet("/live/{**page}", StreamAsync).Needs(Role.Viewer);
        foreach ((string file, string type) in Assets)
        {
            byte[] bytes = ReadAsset(file);
            routes.MapGet($"/assets/{file}", (HttpContext context) =>
            {
                Protect(context);
                context.Response.ContentType = type;
                return context.Response.Body.WriteAsync(bytes).AsTask();
            }).Needs(null);
        }

        routes.MapGet("/login", (HttpContext context) => AnswerAsync(context, new PageView("Log in", "", [Fragment.Of<Login>("login")]), null)).Needs(null);
    }

    /// <summary>Says on a page what went wrong.</summary>
    public Task AnswerProblemAsync(HttpContext context, int status, string message, string back)
    {
        context.Response.StatusCode = status;
        return AnswerAsync(context, new PageView("That did not work", "", [Fragment.Of<Problem>("problem", ("Message", message), ("Back", back))]), null);
    }

    private async Task AnswerPageAsync(HttpContext context)
    {
        string address = context.Request.Path + context.Request.QueryString;
        try
        {
            await AnswerAsync(context, await pages.FindAsync(address, context.RequestAborted), "/live" + address);
        }
        catch (Exception e) when (e is BadInputException or FormatException)
        {
            await AnswerProblemAsync(context, StatusCodes.Status404NotFound, e.Message, "/");
        }
    }

    private async Task AnswerAsync(HttpContext context, PageView page, string? stream)
    {
        string html = await renderer.DrawPageAsync(page, stream, Caller.Of(context));
        Protect(context);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context)
    {
        string address = "/" + context.Request.RouteValues["page"] + context.Request.QueryString;
        if (!DashboardPages.IsPage(address) || live.Listen(address, context.RequestAborted) is not { } changes)
        {
            context.Response.StatusCode = DashboardPages.IsPage(address) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status404NotFound;
            return;
        }

        Protect(context);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await foreach (DrawnFragment fragment in changes)
            {
                // A line of data for each line of the part; the browser joins them again.
                await context.Response.WriteAsync($"event: {fragment.Id}\ndata: {fragment.Html.ReplaceLineEndings("\ndata: ")}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The listener is gone.
        }
    }

    private static void Protect(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers[HeaderNames.XFrameOptions] = "DENY";
    }

    private static byte[] ReadAsset(string file)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Dashboard/" + file)
            ?? throw new InvalidOperationException($"The file '{file}' is not in the program.");
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
