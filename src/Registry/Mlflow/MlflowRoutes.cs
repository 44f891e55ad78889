using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;

namespace Pipeline.Registry.Mlflow;

/// <summary>Maps calls under both of MLflow's prefixes, the clients' and the web pages', and turns failures into MLflow's error bodies.</summary>
internal sealed class MlflowRoutes(IEndpointRouteBuilder routes)
{
    private static readonly string[] Prefixes = ["/api/2.0/", "/ajax-api/2.0/"];

    /// <summary>Maps a GET, or a POST, that answers with a message.</summary>
    public void Map<T>(string method, string path, JsonTypeInfo<T> type, Func<MlflowRequest, CancellationToken, Task<T>> answer)
    {
        foreach (string prefix in Prefixes)
        {
            MapRaw(method, prefix + "mlflow/" + path, async (context, request) =>
            {
                T message = await answer(request, context.RequestAborted);
                await WriteAsync(context, StatusCodes.Status200OK, message, type);
            });
        }
    }

    /// <summary>Maps a call that writes its own answer.</summary>
    public void MapRaw(string method, string path, Func<HttpContext, MlflowRequest, Task> answer) =>
        routes.MapMethods(path, [method], (HttpContext context) => AnswerAsync(context, answer)).WithMetadata(new NeedsRole(RoleFor(method, path)));

    /// <summary>Maps a call of the artifact proxy under both prefixes.</summary>
    public void MapArtifacts(string path, Func<HttpContext, MlflowRequest, Task> answer)
    {
        foreach (string prefix in Prefixes)
        {
            MapRaw("GET", prefix + "mlflow-artifacts/artifacts" + path, answer);
        }
    }

    /// <summary>Answers every other call under the prefixes as MLflow does.</summary>
    public void MapRest()
    {
        foreach (string prefix in Prefixes)
        {
            routes.MapFallback(prefix + "{**rest}", (HttpContext context) => AnswerAsync(context, (c, _) =>
                throw new MlflowException(MlflowException.EndpointNotFound, $"There is no endpoint {c.Request.Method} {c.Request.Path}.")))
                .WithMetadata(new NeedsRole(Role.Viewer));
        }
    }

    /// <summary>Searches are POSTs that read; everything else that is not a GET writes.</summary>
    private static Role RoleFor(string method, string path) =>
        method == "GET" || path.EndsWith("/search", StringComparison.Ordinal) ? Role.Viewer : Role.Operator;

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, MlflowRequest, Task> answer)
    {
        MlflowException failure;
        try
        {
            await answer(context, await MlflowRequest.ReadAsync(context));
            return;
        }
        catch (MlflowException e)
        {
            failure = e;
        }
        catch (BadInputException e)
        {
            failure = MlflowException.Invalid(e.Message);
        }
        catch (PipelineException e)
        {
            failure = new(MlflowException.InternalError, e.Message);
        }

        await WriteAsync(context, failure.Status, new ErrorMessage(failure.ErrorCode, failure.Message), MlflowJson.Default.ErrorMessage);
    }

    private static async Task WriteAsync<T>(HttpContext context, int status, T message, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, message, type, context.RequestAborted);
    }
}
