using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>
/// The calls that move aliases and take them away. Each is a line of the promotion log, and builds are queued for the targets that an alias is bound
/// to, in the same transaction.
/// </summary>
internal sealed class AliasWrites(StateDatabase state, TimeProvider time, Func<StateTransaction, string, string, Task> aliasMoved)
{
    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "registered-models/alias", SetAsync);
        routes.Map("DELETE", "registered-models/alias", DeleteAsync);
    }

    private Task SetAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string name, string alias, long version) = (request.Required("name"), request.Required("alias"), request.Version());
        return state.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                await RegisteredModelEndpoints.FindAsync(models, name);
                await ModelVersionEndpoints.FindAsync(models, name, version);
                await models.SetAliasAsync(name, alias, version, request.User, "set by an MLflow client", time.GetUtcNow());
                await aliasMoved(t, name, alias);
            },
            cancellationToken);
    }

    private Task DeleteAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string name, string alias) = (request.Required("name"), request.Required("alias"));
        return state.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                await RegisteredModelEndpoints.FindAsync(models, name);
                await models.SetAliasAsync(name, alias, version: null, request.User, "deleted by an MLflow client", time.GetUtcNow());
            },
            cancellationToken);
    }
}
