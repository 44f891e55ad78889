using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Search;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>registered-models/</c>.</summary>
internal sealed class RegisteredModelEndpoints(StateDatabase state)
{
    private const int DefaultPage = 100;

    /// <summary>MLflow's cap of a page.</summary>
    private const int MaxPage = 1000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "registered-models/get", MlflowJson.Default.RegisteredModelResponse, GetAsync);
        routes.Map("GET", "registered-models/search", MlflowJson.Default.RegisteredModelsResponse, SearchAsync);
        routes.Map("GET", "registered-models/alias", MlflowJson.Default.ModelVersionResponse, GetByAliasAsync);
        routes.Map("GET", "registered-models/get-latest-versions", MlflowJson.Default.ModelVersionsResponse, LatestAsync);
        routes.Map("POST", "registered-models/get-latest-versions", MlflowJson.Default.ModelVersionsResponse, LatestAsync);
    }

    /// <exception cref="MlflowException">The model is not there.</exception>
    public static async Task<RegisteredModel> FindAsync(ModelStore models, string name) =>
        await models.FindModelAsync(name) ?? throw MlflowException.NotFound($"Registered Model with name={name} not found");

    private Task<RegisteredModelResponse> GetAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        return state.ReadAsync(
            async t =>
            {
                ModelStore models = new(t);
                RegisteredModel model = await FindAsync(models, name);
                return new RegisteredModelResponse(MlflowMessages.Of(model, await models.LatestVersionsAsync([name])));
            },
            cancellationToken);
    }

    private Task<RegisteredModelsResponse> SearchAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        int size = request.Count("max_results", DefaultPage, MaxPage);
        long offset = request.Offset();
        SqlSearch search = new SqlSearch(SearchTarget.Models).Filter(request.Text("filter")).OrderBy(request.Texts("order_by")).Page(size, offset);
        return state.ReadAsync(
            async t =>
            {
                ModelStore models = new(t);
                (IReadOnlyList<RegisteredModel> page, string? next) = MlflowRequest.Page(await models.SearchModelsAsync(search), size, offset);
                ILookup<string, ModelVersion> latest = (await models.LatestVersionsAsync([.. page.Select(m => m.Name)])).ToLookup(v => v.Name);
                return new RegisteredModelsResponse(MlflowMessages.List(page, m => MlflowMessages.Of(m, latest[m.Name])), next);
            },
            cancellationToken);
    }

    private Task<ModelVersionResponse> GetByAliasAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        string alias = request.Required("alias");
        return state.ReadAsync(
            async t =>
            {
                ModelStore models = new(t);
                await FindAsync(models, name);
                ModelVersion version = await models.FindByAliasAsync(name, alias)
                    ?? throw MlflowException.Invalid($"Registered model alias {alias} not found.");
                return new ModelVersionResponse(MlflowMessages.Of(version));
            },
            cancellationToken);
    }

    private Task<ModelVersionsResponse> LatestAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        IReadOnlyList<string> stages = request.Texts("stages");
        string? unknown = stages.FirstOrDefault(s => !ModelStages.All.Contains(s, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            throw MlflowException.Invalid($"Invalid Model Version stage: {unknown}. Value must be one of {string.Join(", ", ModelStages.All)}.");
        }

        bool wanted = stages.Count == 0 || stages.Contains(ModelStages.None, StringComparer.OrdinalIgnoreCase);
        return state.ReadAsync(
            async t =>
            {
                ModelStore models = new(t);
                await FindAsync(models, name);
                return new ModelVersionsResponse(wanted ? MlflowMessages.List(await models.LatestVersionsAsync([name]), MlflowMessages.Of) : null, null);
            },
            cancellationToken);
    }
}
