using System.Globalization;
using Pipeline.Registry.Search;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>experiments/</c>.</summary>
internal sealed class ExperimentEndpoints(StateDatabase state)
{
    private const int DefaultPage = 1000;

    /// <summary>MLflow's cap of a page.</summary>
    private const int MaxPage = 50_000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "experiments/get", MlflowJson.Default.ExperimentResponse, GetAsync);
        routes.Map("GET", "experiments/get-by-name", MlflowJson.Default.ExperimentResponse, GetByNameAsync);
        routes.Map("GET", "experiments/search", MlflowJson.Default.ExperimentsResponse, SearchAsync);
        routes.Map("POST", "experiments/search", MlflowJson.Default.ExperimentsResponse, SearchAsync);
    }

    private async Task<ExperimentResponse> GetAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string id = request.Required("experiment_id");
        return new(MlflowMessages.Of(await state.ReadAsync(t => FindAsync(t, id), cancellationToken)));
    }

    /// <summary>The experiment of that id, deleted or not.</summary>
    /// <exception cref="MlflowException">It is not there.</exception>
    public static async Task<Experiment> FindAsync(StateTransaction transaction, string id)
    {
        Experiment? experiment = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? await new ExperimentStore(transaction).FindAsync(new ExperimentId(number))
            : null;
        return experiment ?? throw NotFound(id);
    }

    public static MlflowException NotFound(string id) => MlflowException.NotFound($"No Experiment with id={id} exists");

    private async Task<ExperimentResponse> GetByNameAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("experiment_name");
        Experiment? experiment = await state.ReadAsync(t => new ExperimentStore(t).FindByNameAsync(name), cancellationToken);
        return new(MlflowMessages.Of(experiment ?? throw MlflowException.NotFound($"Could not find experiment with name '{name}'")));
    }

    private async Task<ExperimentsResponse> SearchAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        int size = request.Count("max_results", DefaultPage, MaxPage);
        long offset = request.Offset();
        SqlSearch search = new SqlSearch(SearchTarget.Experiments).Filter(request.Text("filter")).OrderBy(request.Texts("order_by")).Page(size, offset);
        ViewTypes.Restrict(search, "e.lifecycle_stage", request.Text("view_type"));
        IReadOnlyList<Experiment> rows = await state.ReadAsync(t => new ExperimentStore(t).SearchAsync(search), cancellationToken);
        (IReadOnlyList<Experiment> page, string? next) = MlflowRequest.Page(rows, size, offset);
        return new(MlflowMessages.List(page, MlflowMessages.Of), next);
    }
}
