using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Api;

/// <summary>The text of a sweep that is to be run, as <c>submit</c> reads it.</summary>
/// <param name="File">The name that messages give it.</param>
/// <param name="Yaml">The text.</param>
/// <param name="Overrides">Texts as <c>--set</c> takes them.</param>
public sealed record SweepText(string File, string Yaml, IReadOnlyList<string> Overrides);

/// <summary>A sweep that was taken in.</summary>
/// <param name="Sweep">Its id.</param>
/// <param name="Model">The model trained.</param>
/// <param name="Trials">How many trials it has.</param>
/// <param name="Clips">How many clips they train and are tested on.</param>
/// <param name="Classes">The classes, in the order of the confusion matrix.</param>
public sealed record SweepReceipt(SweepId Sweep, string Model, int Trials, int Clips, IReadOnlyList<string> Classes);

/// <summary>The routes that change something: taking sweeps in, and steering them.</summary>
internal static class SteerApi
{
    public static void Map(
        IEndpointRouteBuilder routes, SweepQueries queries, SweepSteering steering, Func<SweepText, CancellationToken, Task<SweepReceipt>>? submit)
    {
        OrchestratorJson json = OrchestratorJson.Default;
        if (submit is not null)
        {
            routes.MapPost("/api/v1/sweeps", async (HttpContext context) =>
            {
                SweepText text = await context.Request.ReadFromJsonAsync(json.SweepText, context.RequestAborted) ?? throw new BadInputException("A sweep is expected; found null.");
                await context.Response.WriteAsJsonAsync(await submit(text, context.RequestAborted), json.SweepReceipt);
            }).Needs(Role.Operator);
        }

        Map("pause", steering.PauseAsync);
        Map("resume", steering.ResumeAsync);
        Map("cancel", steering.CancelAsync);
        routes.MapPost("/api/v1/sweeps/{sweep}/trials/{number:int}/retry", async (HttpContext context, int number) =>
            await steering.RetryAsync(new TrialId(await SweepOf(context), number), context.RequestAborted)).Needs(Role.Operator);

        void Map(string verb, Func<SweepId, CancellationToken, Task> act) =>
            routes.MapPost("/api/v1/sweeps/{sweep}/" + verb, async (HttpContext context) => await act(await SweepOf(context), context.RequestAborted)).Needs(Role.Operator);

        Task<SweepId> SweepOf(HttpContext context) => queries.ResolveAsync((string)context.Request.RouteValues["sweep"]!, context.RequestAborted);
    }
}
