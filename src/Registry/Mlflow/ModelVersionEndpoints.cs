using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Search;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>model-versions/</c>.</summary>
internal sealed class ModelVersionEndpoints(StateDatabase state)
{
    private const int DefaultPage = 10_000;

    /// <summary>MLflow's cap of a page.</summary>
    private const int MaxPage = 200_000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "model-versions/get", MlflowJson.Default.ModelVersionResponse, GetAsync);
        routes.Map("GET", "model-versions/search", MlflowJson.Default.ModelVersionsResponse, SearchAsync);
        routes.Map("GET", "model-versions/get-download-uri", MlflowJson.Default.ArtifactUriResponse, GetDownloadUriAsync);
    }

    /// <summary>The version that a call names.</summary>
    /// <exception cref="MlflowException">It is not there.</exception>
    public static async Task<ModelVersion> FindAsync(StateDatabase state, MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        long version = request.Version();
        return await state.ReadAsync(t => FindAsync(new ModelStore(t), name, version), cancellationToken);
    }

    /// <exception cref="MlflowException">The version is not there.</exception>
    public static async Task<ModelVersion> FindAsync(ModelStore models, string name, long version) =>
        await models.FindVersionAsync(name, version) ?? throw MlflowException.NotFound($"Model Version (name={name}, version={version}) not found");

    private async Task<ModelVersionResponse> GetAsync(MlflowRequest request, CancellationToken cancellationToken) =>
        new(MlflowMessages.Of(await FindAsync(state, request, cancellationToken)));

    private async Task<ArtifactUriResponse> GetDownloadUriAsync(MlflowRequest request, CancellationToken cancellationToken) =>
        new((await FindAsync(state, request, cancellationToken)).Source);

    private async Task<ModelVersionsResponse> SearchAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        int size = request.Count("max_results", DefaultPage, MaxPage);
        long offset = request.Offset();
        SqlSearch search = new SqlSearch(SearchTarget.Versions).Filter(request.Text("filter")).OrderBy(request.Texts("order_by")).Page(size, offset);
        IReadOnlyList<ModelVersion> rows = await state.ReadAsync(t => new ModelStore(t).SearchVersionsAsync(search), cancellationToken);
        (IReadOnlyList<ModelVersion> page, string? next) = MlflowRequest.Page(rows, size, offset);
        return new(MlflowMessages.List(page, MlflowMessages.Of), next);
    }
}
