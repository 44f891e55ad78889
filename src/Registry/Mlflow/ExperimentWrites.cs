using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>experiments/</c> that change something.</summary>
internal sealed class ExperimentWrites(StateDatabase state, TimeProvider time)
{
    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "experiments/create", MlflowJson.Default.ExperimentIdResponse, CreateAsync);
        routes.Map("POST", "experiments/update", RenameAsync);
        routes.Map("POST", "experiments/delete", (r, c) => SetDeletedAsync(r, deleted: true, c));
        routes.Map("POST", "experiments/restore", (r, c) => SetDeletedAsync(r, deleted: false, c));
        routes.Map("POST", "experiments/set-experiment-tag", SetTagAsync);
        routes.Map("POST", "experiments/delete-experiment-tag", DeleteTagAsync);
    }

    private Task<ExperimentIdResponse> CreateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = Name(request.Required("name"));
        string? location = Location(request.Text("artifact_location"));
        IReadOnlyDictionary<string, string> tags = MlflowLimits.Tags(request.Objects("tags"));
        return state.WriteAsync(
            async t =>
            {
                ExperimentStore experiments = new(t);
                ExperimentId id = await experiments.TryCreateAsync(name, location, time.GetUtcNow()) ?? throw Exists(name);
                foreach ((string key, string value) in tags)
                {
                    await experiments.SetTagAsync(id, key, value);
                }

                return new ExperimentIdResponse(id.ToString());
            },
            cancellationToken);
    }

    private Task RenameAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string id = request.Required("experiment_id");
        string name = Name(request.Required("new_name"));
        return state.WriteAsync(
            async t =>
            {
                ExperimentStore experiments = new(t);
                Experiment experiment = await ExperimentEndpoints.FindAsync(t, id);
                if (experiment.Deleted)
                {
                    throw MlflowException.Invalid("Cannot rename a non-active experiment.");
                }

                if (await experiments.FindByNameAsync(name) is { } other && other.Id != experiment.Id)
                {
                    throw Exists(name);
                }

                await experiments.RenameAsync(experiment.Id, name, time.GetUtcNow());
            },
            cancellationToken);
    }

    private Task SetDeletedAsync(MlflowRequest request, bool deleted, CancellationToken cancellationToken)
    {
        string id = request.Required("experiment_id");
        return state.WriteAsync(
            async t =>
            {
                Experiment experiment = await ExperimentEndpoints.FindAsync(t, id);
                if (experiment.Id == ExperimentId.Default)
                {
                    throw MlflowException.Invalid("The default experiment, 0, is neither deleted nor restored: clients rely on it.");
                }

                if (experiment.Deleted == deleted)
                {
                    throw ExperimentEndpoints.NotFound(id);
                }

                await new ExperimentStore(t).SetDeletedAsync(experiment.Id, deleted, time.GetUtcNow());
            },
            cancellationToken);
    }

    private Task SetTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string id = request.Required("experiment_id");
        (string key, string value) = MlflowLimits.Tag(request);
        return state.WriteAsync(
            async t => await new ExperimentStore(t).SetTagAsync((await FindActiveAsync(t, id)).Id, key, value), cancellationToken);
    }

    private Task DeleteTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string id = request.Required("experiment_id");
        string key = request.Required("key");
        return state.WriteAsync(
            async t =>
            {
                if (!await new ExperimentStore(t).DeleteTagAsync((await FindActiveAsync(t, id)).Id, key))
                {
                    throw MlflowException.NotFound($"No tag with name: {key} in experiment with id {id}");
                }
            },
            cancellationToken);
    }

    /// <summary>The experiment of that id, which must not be deleted.</summary>
    /// <exception cref="MlflowException">It is not there, or is deleted.</exception>
    public static async Task<Experiment> FindActiveAsync(StateTransaction transaction, string id)
    {
        Experiment experiment = await ExperimentEndpoints.FindAsync(transaction, id);
        return experiment.Deleted
            ? throw MlflowException.Invalid($"The experiment {id} must be in the 'active' state. Current state is deleted.")
            : experiment;
    }

    private static string Name(string name) => MlflowLimits.Length("Experiment name", name, MlflowLimits.MaxExperimentName);

    private static MlflowException Exists(string name) => MlflowException.Exists(
        $"Experiment(name={name}) already exists. Where it is deleted, restore it, or choose another name.");

    // Our proxy has one place for each run; elsewhere the clients write by themselves.
    private static string? Location(string? location) =>
        location is null || !location.StartsWith("mlflow-artifacts:", StringComparison.OrdinalIgnoreCase)
            ? location?.TrimEnd('/')
            : throw MlflowException.Invalid(
                $"Invalid value '{location}' for parameter 'artifact_location' supplied: leave it out for files that go through this server, which gives them their place.");
}
