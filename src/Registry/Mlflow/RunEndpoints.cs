using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Registry.Search;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>runs/</c> and <c>metrics/</c>.</summary>
internal sealed class RunEndpoints(StateDatabase state)
{
    private const int DefaultPage = 1000;

    /// <summary>MLflow's cap of a page of runs.</summary>
    private const int MaxPage = 50_000;

    /// <summary>MLflow's page of a metric's history.</summary>
    private const int MaxHistoryPage = 25_000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "runs/get", MlflowJson.Default.RunResponse, GetAsync);
        routes.Map("POST", "runs/search", MlflowJson.Default.RunsResponse, SearchAsync);
        routes.Map("GET", "metrics/get-history", MlflowJson.Default.MetricsResponse, HistoryAsync);
    }

    /// <summary>The run that a call names with <c>run_id</c> or its old spelling <c>run_uuid</c>.</summary>
    /// <exception cref="MlflowException">It names none, or one that is not there.</exception>
    public static async Task<Run> FindAsync(StateDatabase state, string id, CancellationToken cancellationToken)
    {
        RunId run = ParseId(id);
        return await state.ReadAsync(t => new RunStore(t).FindAsync(run), cancellationToken) ?? throw NotFound(id);
    }

    /// <summary>The run of that id, which must not be deleted, for a write to it.</summary>
    /// <exception cref="MlflowException">It is not there, or is deleted.</exception>
    public static async Task<RunInfo> FindActiveAsync(StateTransaction transaction, string id)
    {
        RunInfo run = await new RunStore(transaction).FindInfoAsync(ParseId(id)) ?? throw NotFound(id);
        return run.Deleted
            ? throw MlflowException.Invalid($"The run {id} must be in the 'active' state. Current state is deleted.")
            : run;
    }

    /// <exception cref="MlflowException">The text is not an id.</exception>
    public static RunId ParseId(string id)
    {
        try
        {
            return new(id);
        }
        catch (FormatException e)
        {
            throw MlflowException.Invalid($"Invalid run ID: '{id}'. {e.Message}");
        }
    }

    public static MlflowException NotFound(string id) => MlflowException.NotFound($"Run with id={id} not found");

    private async Task<RunResponse> GetAsync(MlflowRequest request, CancellationToken cancellationToken) =>
        new(MlflowMessages.Of(await FindAsync(state, request.Required("run_id", "run_uuid"), cancellationToken)));

    private async Task<RunsResponse> SearchAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        int size = request.Count("max_results", DefaultPage, MaxPage);
        long offset = request.Offset();
        SqlSearch search = new SqlSearch(SearchTarget.Runs).Filter(request.Text("filter")).OrderBy(request.Texts("order_by")).Page(size, offset);
        search.Where($"r.experiment_id IN {search.Parameter(ExperimentIds(request))}");
        ViewTypes.Restrict(search, "r.lifecycle_stage", request.Text("run_view_type"));
        IReadOnlyList<Run> rows = await state.ReadAsync(t => new RunStore(t).SearchAsync(search), cancellationToken);
        (IReadOnlyList<Run> page, string? next) = MlflowRequest.Page(rows, size, offset);
        return new(MlflowMessages.List(page, MlflowMessages.Of), next);
    }

    // An id that is not a number names no experiment of ours, so it selects nothing.
    private static long[] ExperimentIds(MlflowRequest request) =>
        [.. request.Texts("experiment_ids").Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : -1)];

    private async Task<MetricsResponse> HistoryAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        Run run = await FindAsync(state, request.Required("run_id", "run_uuid"), cancellationToken);
        string key = request.Required("metric_key");
        int size = request.Count("max_results", MaxHistoryPage, MaxHistoryPage);
        long offset = request.Offset();
        IReadOnlyList<MetricPoint> rows = await state.ReadAsync(
            t => new MetricStore(t).HistoryAsync(run.Info.Id, key, size + 1, offset), cancellationToken);
        (IReadOnlyList<MetricPoint> page, string? next) = MlflowRequest.Page(rows, size, offset);
        return new(MlflowMessages.List(page, MlflowMessages.Of), next);
    }
}
