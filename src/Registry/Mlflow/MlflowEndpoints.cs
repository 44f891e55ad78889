using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>MLflow's REST API over the registry, so that its Python client and its users' notebooks read and write runs and models.</summary>
public static class MlflowEndpoints
{
    /// <summary>
    /// Maps the tracking, model registry and artifact calls, <c>/health</c> and <c>/version</c>. The caller decides the address and who may call.
    /// </summary>
    /// <param name="routes">Where to map.</param>
    /// <param name="state">The runs and models.</param>
    /// <param name="blobs">The files of runs.</param>
    /// <param name="time">When things are made and changed.</param>
    /// <param name="aliasMoved">Called with model and alias in the transaction in which a client moved it; what it throws refuses the move.</param>
    public static void MapMlflow(
        this IEndpointRouteBuilder routes, StateDatabase state, IBlobStore blobs, TimeProvider time, Func<StateTransaction, string, string, Task> aliasMoved)
    {
        MlflowRoutes mlflow = new(routes);
        new ExperimentEndpoints(state).Map(mlflow);
        new ExperimentWrites(state, time).Map(mlflow);
        new RunEndpoints(state).Map(mlflow);
        new RunWrites(state, time).Map(mlflow);
        new RunLogging(state).Map(mlflow);
        new RegisteredModelEndpoints(state).Map(mlflow);
        new RegisteredModelWrites(state, time).Map(mlflow);
        new AliasWrites(state, time, aliasMoved).Map(mlflow);
        new ModelVersionEndpoints(state).Map(mlflow);
        new ModelVersionWrites(state, blobs, time).Map(mlflow);
        new ArtifactEndpoints(state, blobs).Map(mlflow);
        new ArtifactWrites(state, blobs).Map(mlflow);
        mlflow.MapRest();
        routes.MapGet("/health", () => "OK").WithMetadata(new NeedsRole(null));
        routes.MapGet("/version", () => typeof(MlflowEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0]).WithMetadata(new NeedsRole(null));
    }
}
