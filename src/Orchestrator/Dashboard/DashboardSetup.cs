using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Puts the page together.</summary>
internal static class DashboardSetup
{
    /// <summary>Maps the page of an orchestrator.</summary>
    /// <param name="routes">Where to map.</param>
    /// <param name="state">The state.</param>
    /// <param name="options">What the orchestrator runs on.</param>
    /// <param name="promoter">Promotes and takes back.</param>
    /// <param name="progress">How far a sweep is.</param>
    /// <param name="stopping">The end of the orchestrator.</param>
    public static void Map(
        IEndpointRouteBuilder routes, StateDatabase state, OrchestratorOptions options, Promoter promoter, Func<SweepId, CancellationToken, Task<SweepProgress>> progress, CancellationToken stopping)
    {
        SweepQueries queries = new(state);
        RegistryQueries registry = new(state, Promoter.OpenFleets(options.StateFolder), options.Deployment);
        PageRenderer renderer = new();
        DashboardPages pages = new(queries, new SweepPages(state, options.Blobs, queries, progress), new JobQueries(state, options.Time), new BuildQueries(state), registry);
        LivePages live = new(async (address, token) => await renderer.DrawAsync(await pages.FindAsync(address, token)), options.Time, stopping);
        DashboardRoutes drawn = new(pages, renderer, live);
        drawn.Map(routes);
        SweepSteering steering = new(state, options.Time);
        new DashboardActions(drawn, queries, steering, new JobSteering(state, steering, options.Time), registry, promoter, state, options.Time).Map(routes);
    }
}
