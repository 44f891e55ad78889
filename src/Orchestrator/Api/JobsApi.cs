using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Dashboard;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator.Api;

/// <summary>The routes of the queue: its tasks, its workers, and what is queued by the clock.</summary>
internal static class JobsApi
{
    public static void Map(IEndpointRouteBuilder routes, JobQueries jobs, JobSteering steering, RecurringQueries recurring)
    {
        OrchestratorJson json = OrchestratorJson.Default;
        RouteGroupBuilder reads = routes.MapGroup("").Needs(Role.Viewer);
        reads.MapGet("/api/v1/jobs", async (HttpContext context) =>
        {
            JobsView view = await jobs.ReadAsync(JobNames.Parse(context.Request.Query["state"]), PageOf(context), context.RequestAborted);
            await context.Response.WriteAsJsonAsync(view, json.JobsView);
        });
        reads.MapGet("/api/v1/jobs/{**task}", async (HttpContext context) =>
            await context.Response.WriteAsJsonAsync(await jobs.FindAsync(TaskOf(context), context.RequestAborted), json.JobDetail));
        reads.MapGet("/api/v1/workers", async (HttpContext context) =>
            await context.Response.WriteAsJsonAsync(await jobs.WorkersAsync(context.RequestAborted), json.IReadOnlyListWorkerRow));
        reads.MapGet("/api/v1/recurring", async (HttpContext context) =>
            await context.Response.WriteAsJsonAsync(await recurring.ListAsync(context.RequestAborted), json.IReadOnlyListRecurringRow));

        RouteGroupBuilder acts = routes.MapGroup("").Needs(Role.Operator);
        acts.MapPost("/api/v1/jobs/requeue/{**task}", (HttpContext context) => steering.RetryAsync(TaskOf(context), context.RequestAborted));
        acts.MapPost("/api/v1/jobs/run/{**task}", (HttpContext context) => steering.RunNowAsync(TaskOf(context), context.RequestAborted));
        acts.MapPost("/api/v1/jobs/delete/{**task}", (HttpContext context) => steering.DeleteAsync(TaskOf(context), context.RequestAborted));
        acts.MapPost("/api/v1/recurring/{name}/run", async (HttpContext context, string name) =>
            await context.Response.WriteAsJsonAsync(new JobReceipt(await recurring.RunNowAsync(name, context.RequestAborted)), json.JobReceipt));
    }

    private static TaskId TaskOf(HttpContext context) => new((string?)context.Request.RouteValues["task"] ?? "");

    private static int PageOf(HttpContext context)
    {
        string text = context.Request.Query["page"].ToString();
        return text.Length == 0 ? 0 : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int page)
            ? page
            : throw new BadInputException($"page={text}: expected a whole number from 0.");
    }
}

/// <summary>A task that was queued.</summary>
/// <param name="Task">Its id.</param>
public sealed record JobReceipt(TaskId Task);
