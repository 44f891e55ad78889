using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls under <c>registered-models/</c> that change something, but for aliases.</summary>
internal sealed class RegisteredModelWrites(StateDatabase state, TimeProvider time)
{
    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "registered-models/create", MlflowJson.Default.RegisteredModelResponse, CreateAsync);
        routes.Map("POST", "registered-models/rename", MlflowJson.Default.RegisteredModelResponse, RenameAsync);
        routes.Map("PATCH", "registered-models/update", MlflowJson.Default.RegisteredModelResponse, UpdateAsync);
        routes.Map("DELETE", "registered-models/delete", (r, c) => EditAsync(r, (edits, model) => edits.DeleteAsync(model, r.User, time.GetUtcNow()), c));
        routes.Map("POST", "registered-models/set-tag", SetTagAsync);
        routes.Map("DELETE", "registered-models/delete-tag", DeleteTagAsync);
    }

    private Task<RegisteredModelResponse> CreateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        string description = request.Given("description") ?? "";
        IReadOnlyDictionary<string, string> tags = MlflowLimits.Tags(request.Objects("tags"));
        return state.WriteAsync(
            async t =>
            {
                ModelEdits edits = new(t);
                if (!await edits.TryCreateAsync(name, description, time.GetUtcNow()))
                {
                    throw Exists(name);
                }

                foreach ((string key, string value) in tags)
                {
                    await edits.SetTagAsync(name, key, value);
                }

                return await AnswerAsync(t, name);
            },
            cancellationToken);
    }

    private Task<RegisteredModelResponse> RenameAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        string newName = request.Required("new_name");
        return state.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                RegisteredModel model = await RegisteredModelEndpoints.FindAsync(models, name);
                if (await models.FindModelAsync(newName) is not null)
                {
                    throw Exists(newName);
                }

                await new ModelEdits(t).RenameAsync(model, newName, time.GetUtcNow());
                return await AnswerAsync(t, newName);
            },
            cancellationToken);
    }

    private Task<RegisteredModelResponse> UpdateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        string description = request.Given("description") ?? "";
        return state.WriteAsync(
            async t =>
            {
                await RegisteredModelEndpoints.FindAsync(new ModelStore(t), name);
                await new ModelEdits(t).DescribeAsync(name, description, time.GetUtcNow());
                return await AnswerAsync(t, name);
            },
            cancellationToken);
    }

    private Task SetTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string key, string value) = MlflowLimits.Tag(request);
        return EditAsync(request, (edits, model) => edits.SetTagAsync(model.Name, key, value), cancellationToken);
    }

    private Task DeleteTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string key = request.Required("key");
        return EditAsync(request, (edits, model) => edits.DeleteTagAsync(model.Name, key), cancellationToken);
    }

    private Task EditAsync(MlflowRequest request, Func<ModelEdits, RegisteredModel, Task> edit, CancellationToken cancellationToken)
    {
        string name = request.Required("name");
        return state.WriteAsync(
            async t => await edit(new ModelEdits(t), await RegisteredModelEndpoints.FindAsync(new ModelStore(t), name)), cancellationToken);
    }

    private static async Task<RegisteredModelResponse> AnswerAsync(StateTransaction transaction, string name)
    {
        ModelStore models = new(transaction);
        return new(MlflowMessages.Of((await models.FindModelAsync(name))!, await models.LatestVersionsAsync([name])));
    }

    private static MlflowException Exists(string name) => MlflowException.Exists($"Registered Model (name={name}) already exists.");
}
