using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>
/// What the page's buttons do: each is a form that is posted and, where that worked, leads back to the page it stands on. The door before it refuses
/// what a page of another site posts.
/// </summary>
internal sealed class DashboardActions(
    DashboardRoutes pages, SweepQueries queries, SweepSteering sweeps, JobSteering jobs, RecurringQueries recurring, RegistryQueries registry, Promoter promoter, StateDatabase state, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        MapSweep("pause", sweeps.PauseAsync);
        MapSweep("resume", sweeps.ResumeAsync);
        MapSweep("cancel", sweeps.CancelAsync);
        Post("/act/sweeps/{sweep}/trials/{number:int}/retry", async context => await sweeps.RetryAsync(
            new TrialId(await SweepOf(context), int.Parse(Value(context, "number"), System.Globalization.CultureInfo.InvariantCulture)), context.RequestAborted));
        Post("/act/jobs/retry/{**task}", context => jobs.RetryAsync(new TaskId(Value(context, "task")), context.RequestAborted));
        Post("/act/jobs/run/{**task}", context => jobs.RunNowAsync(new TaskId(Value(context, "task")), context.RequestAborted));
        Post("/act/recurring/{name}/run", context => recurring.RunNowAsync(Value(context, "name"), context.RequestAborted));
        Post("/act/jobs/delete/{**task}", context => jobs.DeleteAsync(new TaskId(Value(context, "task")), context.RequestAborted));
        Post("/act/models/{model}/promote", PromoteAsync);
        Post("/act/models/{model}/rollback", async context => await promoter.RollBackAsync(
            Value(context, "model"), Field(await context.Request.ReadFormAsync(context.RequestAborted), "alias"), Caller.Of(context)!.Name, "on the page", context.RequestAborted));
        routes.MapPost("/login", LogInAsync).Needs(null);
        routes.MapPost("/logout", LogOut).Needs(null);

        void MapSweep(string verb, Func<SweepId, CancellationToken, Task> act) =>
            Post("/act/sweeps/{sweep}/" + verb, async context => await act(await SweepOf(context), context.RequestAborted));

        void Post(string pattern, Func<HttpContext, Task> act) => routes.MapPost(pattern, context => ActAsync(context, act)).Needs(Role.Operator);
    }

    private async Task ActAsync(HttpContext context, Func<HttpContext, Task> act)
    {
        string back = BackOf(context.Request);
        try
        {
            await act(context);
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = back;
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or (PipelineException and not NoSpaceException))
        {
            // A gate that refuses, or a button pressed too late: the person is told; the orchestrator goes on.
            await pages.AnswerProblemAsync(context, StatusCodes.Status409Conflict, e.Message, back);
        }
    }

    private async Task PromoteAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string model = Value(context, "model");
        if (!long.TryParse(Field(form, "version"), System.Globalization.CultureInfo.InvariantCulture, out long version))
        {
            throw new BadInputException($"'{form["version"]}' is not a version. Expected its number.");
        }

        FleetSpec? fleet = form["fleet"].ToString() is { Length: > 0 } name
            ? registry.Fleets.FirstOrDefault(f => f.Name == name) ?? throw new BadInputException($"There is no fleet '{name}'.")
            : null;
        await promoter.PromoteAsync(
            new PromotionRequest
            {
                Model = model,
                Version = version,
                Promote = new PromoteSpec(Field(form, "alias"), fleet?.Name)
                {
                    AllowLicences = form["licences"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                },
                Targets = fleet?.Targets ?? await promoter.BuiltForAsync(model, version, context.RequestAborted),
                Gates = registry.Gates(model),
                User = Caller.Of(context)!.Name,
                Reason = form["reason"].ToString() is { Length: > 0 } reason ? reason : "on the page",
            },
            context.RequestAborted);
    }

    /// <summary>A token that may see the page becomes a cookie that no script reads and no other site sends.</summary>
    private async Task LogInAsync(HttpContext context)
    {
        string token = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["token"].ToString().Trim() : "";
        TokenRecord? found = await state.ReadAsync(t => new TokenStore(t).FindAsync(token, time.GetUtcNow()), context.RequestAborted);
        if (found is null || !found.Role.May(Role.Viewer))
        {
            // Not 401: the person asked for no page that is closed, the token is what is wrong.
            await pages.AnswerProblemAsync(context, StatusCodes.Status422UnprocessableEntity, "This is no token of a viewer, operator or administrator, or it has ended.", "/login");
            return;
        }

        context.Response.Cookies.Append(Doors.Cookie, token, CookieOf(context));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    private static void LogOut(HttpContext context)
    {
        context.Response.Cookies.Delete(Doors.Cookie, CookieOf(context));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/login";
    }

    private static CookieOptions CookieOf(HttpContext context) =>
        new() { HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Strict, Path = "/" };

    private Task<SweepId> SweepOf(HttpContext context) => queries.ResolveAsync(Value(context, "sweep"), context.RequestAborted);

    private static string Value(HttpContext context, string key) => (string)context.Request.RouteValues[key]!;

    private static string Field(IFormCollection form, string key) =>
        form[key].ToString() is { Length: > 0 } value ? value : throw new BadInputException($"The field '{key}' is empty.");

    /// <summary>The page of ours that the form stood on.</summary>
    private static string BackOf(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out Uri? from) && new HostString(from.Authority) == request.Host && DashboardPages.IsPage(from.PathAndQuery)
            ? from.PathAndQuery
            : "/";
}
