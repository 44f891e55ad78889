using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator.Api;

/// <summary>The routes that people's tools read. A sweep is named by its id, the beginning of it, or its name.</summary>
internal static class ReadApi
{
    public static void Map(IEndpointRouteBuilder outer, SweepQueries queries)
    {
        RouteGroupBuilder routes = outer.MapGroup("").Needs(Role.Viewer);
        OrchestratorJson json = OrchestratorJson.Default;
        routes.MapGet("/api/v1/sweeps", async (HttpContext context) =>
            await context.Response.WriteAsJsonAsync(await queries.ListAsync(context.RequestAborted), json.IReadOnlyListSweepSummary));
        routes.MapGet("/api/v1/sweeps/{sweep}", async (HttpContext context) =>
        {
            SweepId sweep = await SweepOf(context, queries);
            await context.Response.WriteAsJsonAsync(await queries.ProgressAsync(sweep, null, context.RequestAborted), json.SweepProgress);
        });
        routes.MapGet("/api/v1/sweeps/{sweep}/trials", async (HttpContext context) =>
        {
            SweepId sweep = await SweepOf(context, queries);
            await context.Response.WriteAsJsonAsync(await queries.TrialsAsync(sweep, context.RequestAborted), json.IReadOnlyListTrialRow);
        });
        routes.MapGet("/api/v1/sweeps/{sweep}/trials/{number:int}/log", async (HttpContext context, int number) =>
        {
            TrialId trial = new(await SweepOf(context, queries), number);
            LogLine? after = long.TryParse(context.Request.Query["token"], out long token) && long.TryParse(context.Request.Query["line"], out long line)
                ? new LogLine(token, line, "")
                : null;
            await context.Response.WriteAsJsonAsync(await queries.LogAsync(trial, after, context.RequestAborted), json.IReadOnlyListLogLine);
        });
    }

    private static Task<SweepId> SweepOf(HttpContext context, SweepQueries queries) =>
        queries.ResolveAsync((string)context.Request.RouteValues["sweep"]!, context.RequestAborted);
}
