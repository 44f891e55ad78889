using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>model-versions/</c> that change something.</summary>
internal sealed class ModelVersionWrites(StateDatabase state, IBlobStore blobs, TimeProvider time)
{
    /// <summary>Longest source of a version, as MLflow's databases have it.</summary>
    private const int MaxSource = 500;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "model-versions/create", MlflowJson.Default.ModelVersionResponse, CreateAsync);
        routes.Map("PATCH", "model-versions/update", MlflowJson.Default.ModelVersionResponse, UpdateAsync);
        routes.Map("DELETE", "model-versions/delete", DeleteAsync);
        routes.Map("POST", "model-versions/set-tag", SetTagAsync);
        routes.Map("DELETE", "model-versions/delete-tag", DeleteTagAsync);
        routes.Map("POST", "model-versions/transition-stage", RefuseStage);
    }

    private async Task<ModelVersionResponse> CreateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        string source = Source(request.Required("source"));
        RunId? run = request.Text("run_id") is { } id ? RunEndpoints.ParseId(id) : null;
        string description = request.Given("description") ?? "";
        IReadOnlyDictionary<string, string> tags = MlflowLimits.Tags(request.Objects("tags"));
        ModelDescription? model = run is { } known ? await FindTrainedAsync(known, source, cancellationToken) : null;
        return await state.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                await RegisteredModelEndpoints.FindAsync(models, name);
                long version = await models.AddVersionAsync(name, source, run, model, request.User, time.GetUtcNow(), description);
                foreach ((string key, string value) in tags)
                {
                    await new ModelEdits(t).SetTagAsync(name, version, key, value);
                }

                return new ModelVersionResponse(MlflowMessages.Of((await models.FindVersionAsync(name, version))!));
            },
            cancellationToken);
    }

    private Task<ModelVersionResponse> UpdateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string name, long version) = (request.Required("name"), request.Version());
        string description = request.Given("description") ?? "";
        return state.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                await ModelVersionEndpoints.FindAsync(models, name, version);
                await new ModelEdits(t).DescribeAsync(name, version, description, time.GetUtcNow());
                return new ModelVersionResponse(MlflowMessages.Of((await models.FindVersionAsync(name, version))!));
            },
            cancellationToken);
    }

    private Task DeleteAsync(MlflowRequest request, CancellationToken cancellationToken) => EditAsync(
        request,
        async (t, version) => await new ModelEdits(t).DeleteVersionAsync(
            (await new ModelStore(t).FindModelAsync(version.Name))!, version.Version, request.User, time.GetUtcNow()),
        cancellationToken);

    private Task SetTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string key, string value) = MlflowLimits.Tag(request);
        return EditAsync(request, (t, v) => new ModelEdits(t).SetTagAsync(v.Name, v.Version, key, value), cancellationToken);
    }

    private Task DeleteTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string key = request.Required("key");
        return EditAsync(request, (t, v) => new ModelEdits(t).DeleteTagAsync(v.Name, v.Version, key), cancellationToken);
    }

    private Task EditAsync(MlflowRequest request, Func<StateTransaction, ModelVersion, Task> edit, CancellationToken cancellationToken)
    {
        (string name, long version) = (request.Required("name"), request.Version());
        return state.WriteAsync(
            async t => await edit(t, await ModelVersionEndpoints.FindAsync(new ModelStore(t), name, version)), cancellationToken);
    }

    private static Task RefuseStage(MlflowRequest request, CancellationToken cancellationToken) => throw MlflowException.Invalid(
        $"Model versions have no stages here, which MLflow gave up in favour of aliases: set an alias, for example {request.Required("stage").ToLowerInvariant()}.");

    /// <summary>The model that a run trained here, where that is what a client registers.</summary>
    private async Task<ModelDescription?> FindTrainedAsync(RunId id, string source, CancellationToken cancellationToken)
    {
        (RunInfo? run, IReadOnlyList<RunArtifact> files) = await state.ReadAsync(
            async t =>
            {
                RunStore runs = new(t);
                return (await runs.FindInfoAsync(id), await runs.ArtifactsAsync(id));
            },
            cancellationToken);
        string description = ModelArtifacts.DescriptionBlobOf(id);
        if (run is null || source != $"{run.ArtifactUri}/{ModelArtifacts.Folder}" || files.All(f => f.Blob != description))
        {
            return null;
        }

        byte[] json = await blobs.TryGetAsync(description, cancellationToken)
            ?? throw new CorruptDataException($"The blob '{description}' of the artifact '{ModelArtifacts.Description}' is gone from the blob store.");
        return JsonSerializer.Deserialize(json, ContractsJson.Default.ModelDescription);
    }

    /// <summary>Refuses sources on the server's own disk, and such as lead elsewhere than they say.</summary>
    private static string Source(string source)
    {
        MlflowLimits.Length("Model version source", source, MaxSource);
        bool isElsewhere = Uri.TryCreate(source, UriKind.Absolute, out Uri? uri) && !uri.IsFile && source.Contains(':', StringComparison.Ordinal)
            && !source.StartsWith('/');
        bool leadsBack = Uri.UnescapeDataString(Uri.UnescapeDataString(source)).Split('/', '\\', '?', '#').Contains("..");
        return isElsewhere && !leadsBack && !source.Any(char.IsControl)
            ? source
            : throw MlflowException.Invalid(
                $"Invalid model version source: '{source}'. Expected a URI with a scheme other than file, an absolute path and no '..' in it, for example mlflow-artifacts:/EXPERIMENT/RUN/artifacts/model.");
    }
}
