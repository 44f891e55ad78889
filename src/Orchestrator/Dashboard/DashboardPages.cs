using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Dashboard.Pages;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Finds what stands on a page by its address.</summary>
internal sealed class DashboardPages(SweepQueries sweepQueries, SweepPages sweeps, JobQueries jobs, RecurringQueries recurring, BuildQueries builds, RegistryQueries registry)
{
    /// <summary>The addresses of all pages.</summary>
    public static IReadOnlyList<string> Patterns { get; } =
        ["/", "/jobs", "/sweeps", "/sweeps/{sweep}", "/sweeps/{sweep}/trials/{number:int}", "/runs", "/runs/{run}", "/models", "/models/{model}", "/artifacts", "/fleets"];

    private static readonly TemplateMatcher[] Matchers = [.. Patterns.Select(static p => new TemplateMatcher(TemplateParser.Parse(p.Replace(":int", "", StringComparison.Ordinal)), []))];

    /// <summary>Whether there is such a page.</summary>
    public static bool IsPage(string address) => Match(PathOf(address)) is not null;

    /// <summary>The page of an address: path and query.</summary>
    /// <exception cref="BadInputException">There is no such page, or nothing that it could show.</exception>
    public Task<PageView> FindAsync(string address, CancellationToken cancellationToken)
    {
        (int pattern, RouteValueDictionary values) = Match(PathOf(address)) ?? throw new BadInputException($"There is no page {PathOf(address)}.");
        Dictionary<string, StringValues> query = QueryHelpers.ParseQuery(address[PathOf(address).Length..]);
        string? Value(string key) => query.TryGetValue(key, out StringValues found) && found.ToString() is { Length: > 0 } text ? text : null;
        string Name(string key) => (string)values[key]!;
        int page = int.TryParse(Value("page"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 0;
        return Patterns[pattern] switch
        {
            "/" => OverviewAsync(cancellationToken),
            "/jobs" => JobsAsync(Value("state"), page, cancellationToken),
            "/sweeps" => sweeps.ListAsync(cancellationToken),
            "/sweeps/{sweep}" => sweeps.SweepAsync(Name("sweep"), page, Value("order"), cancellationToken),
            "/sweeps/{sweep}/trials/{number:int}" => sweeps.TrialAsync(Name("sweep"), NumberOf(Name("number")), cancellationToken),
            "/runs" => sweeps.RunsAsync(Value("filter"), page, cancellationToken),
            "/runs/{run}" => sweeps.RunAsync(Name("run"), cancellationToken),
            "/models" => ModelsAsync(cancellationToken),
            "/models/{model}" => ModelAsync(Name("model"), cancellationToken),
            "/artifacts" => ArtifactsAsync(cancellationToken),
            _ => FleetsAsync(cancellationToken),
        };
    }

    private async Task<PageView> OverviewAsync(CancellationToken cancellationToken) => new(
        "Overview",
        "/",
        [
            Fragment.Of<Overview>("overview", ("Jobs", await jobs.ReadAsync(null, 0, cancellationToken)), ("Sweeps", await sweepQueries.ListAsync(cancellationToken))),
            Fragment.Of<WorkerList>("workers", ("Workers", await jobs.WorkersAsync(cancellationToken))),
        ]);

    private async Task<PageView> JobsAsync(string? state, int page, CancellationToken cancellationToken) => new(
        "Jobs",
        "/jobs",
        [
            Fragment.Of<JobList>("jobs", ("Jobs", await jobs.ReadAsync(JobNames.Parse(state), page, cancellationToken))),
            Fragment.Of<RecurringList>("recurring", ("Entries", await recurring.ListAsync(cancellationToken))),
            Fragment.Of<WorkerList>("workers", ("Workers", await jobs.WorkersAsync(cancellationToken))),
        ]);

    private async Task<PageView> ModelsAsync(CancellationToken cancellationToken) =>
        new("Models", "/models", [Fragment.Of<ModelList>("models", ("Models", await registry.ModelsAsync(cancellationToken)))]);

    private async Task<PageView> ModelAsync(string model, CancellationToken cancellationToken)
    {
        ModelView view = await registry.ModelAsync(model, cancellationToken);
        return new(model, "/models", [Fragment.Of<ModelPage>("model", ("View", view)), Fragment.Of<StreamFigures>("stream", ("Streams", view.Streams))]);
    }

    private async Task<PageView> ArtifactsAsync(CancellationToken cancellationToken) =>
        new("Artifacts", "/artifacts", [Fragment.Of<ArtifactList>("artifacts", ("Builds", await builds.ListAsync(cancellationToken)))]);

    private async Task<PageView> FleetsAsync(CancellationToken cancellationToken) =>
        new("Fleets", "/fleets", [Fragment.Of<FleetList>("fleets", ("Fleets", await registry.FleetsAsync(cancellationToken)))]);

    private static string PathOf(string address) => address.Split('?')[0];

    private static int NumberOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new BadInputException($"'{text}' is not the number of a trial.");

    private static (int Pattern, RouteValueDictionary Values)? Match(string path)
    {
        for (int i = 0; i < Matchers.Length; i++)
        {
            RouteValueDictionary values = [];
            if (Matchers[i].TryMatch(path, values))
            {
                return (i, values);
            }
        }

        return null;
    }
}
