using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Puts the page of an orchestrator together.</summary>
internal sealed class DashboardSetup
{
    private readonly DashboardRoutes _routes;
    private readonly DashboardActions _actions;

    /// <summary>Puts it together.</summary>
    /// <param name="state">The state.</param>
    /// <param name="options">What the orchestrator runs on.</param>
    /// <param name="promoter">Promotes and takes back.</param>
    /// <param name="recurring">Reads what is submitted by the clock.</param>
    /// <param name="progress">How far a sweep is.</param>
    /// <param name="stopping">The end of the orchestrator.</param>
    public DashboardSetup(
        StateDatabase state,
        OrchestratorOptions options,
        Promoter promoter,
        RecurringQueries recurring,
        Func<SweepId, CancellationToken, Task<SweepProgress>> progress,
        CancellationToken stopping)
    {
        SweepQueries queries = new(state);
        RegistryQueries registry = new(state, options.Blobs, Promoter.OpenFleets(options.StateFolder), options.Deployment);
        PageRenderer renderer = new();
        DashboardPages pages = new(
            queries, new SweepPages(state, options.Blobs, queries, progress), new JobQueries(state, options.Time), recurring, new BuildQueries(state), registry);
        LivePages live = new(async (address, token) => await renderer.DrawAsync(await pages.FindAsync(address, token)), options.Time, stopping);
        _routes = new DashboardRoutes(pages, renderer, live);
        SweepSteering steering = new(state, options.Time);
        JobSteering jobs = new(state, steering, options.Time);
        _actions = new DashboardActions(_routes, queries, steering, jobs, recurring, registry, promoter, state, options.Time);
    }

    /// <summary>Maps its addresses.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        _routes.Map(routes);
        _actions.Map(routes);
    }

    /// <summary>Says on a page, with a status, why a person is not let in.</summary>
    public Task TellAsync(HttpContext context, int status, string message) => _routes.AnswerProblemAsync(context, status, message, "/");
}
