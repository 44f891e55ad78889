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
    private static readonly string[] ReadingPosts = ["/search", "/get-latest-versions"];

    private static readonly string[] Prefixes = ["/api/2.0/", "/ajax-api/2.0/"];

    /// <summary>Maps a call that answers with a message.</summary>
    public void Map<T>(
        string method,
        string path,
        JsonTypeInfo<T> type,
        Func<MlflowRequest, CancellationToken, Task<T>> answer,
        int maxBodyBytes = MlflowRequest.MaxBodyBytes)
    {
        foreach (string prefix in Prefixes)
        {
            Map(method, prefix + "mlflow/" + path, async context =>
            {
                T message = await answer(await MlflowRequest.ReadAsync(context, maxBodyBytes), context.RequestAborted);
                await WriteAsync(context, StatusCodes.Status200OK, message, type);
            });
        }
    }

    /// <summary>Maps a call that answers with nothing but that it is done.</summary>
    public void Map(
        string method, string path, Func<MlflowRequest, CancellationToken, Task> act, int maxBodyBytes = MlflowRequest.MaxBodyBytes) =>
        Map(
            method,
            path,
            MlflowJson.Default.EmptyResponse,
            async (request, cancellationToken) =>
            {
                await act(request, cancellationToken);
                return new EmptyResponse();
            },
            maxBodyBytes);

    /// <summary>Maps a call that writes its own answer.</summary>
    public void MapRaw(string method, string path, Func<HttpContext, MlflowRequest, Task> answer) =>
        Map(method, path, async context => await answer(context, await MlflowRequest.ReadAsync(context, MlflowRequest.MaxBodyBytes)));

    /// <summary>Maps a call of the artifact proxy under both prefixes. It reads the body itself.</summary>
    public void MapArtifacts(string method, string path, Func<HttpContext, Task> answer)
    {
        foreach (string prefix in Prefixes)
        {
            Map(method, prefix + "mlflow-artifacts/artifacts" + path, answer);
        }
    }

    /// <summary>Answers every other call under the prefixes as MLflow does.</summary>
    public void MapRest()
    {
        foreach (string prefix in Prefixes)
        {
            routes.MapFallback(prefix + "{**rest}", (HttpContext context) => AnswerAsync(context, c =>
                throw new MlflowException(MlflowException.EndpointNotFound, $"There is no endpoint {c.Request.Method} {c.Request.Path}.")))
                .WithMetadata(new NeedsRole(Role.Viewer));
        }
    }

    private void Map(string method, string path, Func<HttpContext, Task> answer) =>
        routes.MapMethods(path, [method], (HttpContext context) => AnswerAsync(context, answer)).WithMetadata(new NeedsRole(RoleFor(method, path)));

    /// <summary>Some POSTs only read; everything else that is not a GET writes.</summary>
    private static Role RoleFor(string method, string path) =>
        method == "GET" || ReadingPosts.Any(call => path.EndsWith(call, StringComparison.Ordinal)) ? Role.Viewer : Role.Operator;

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        MlflowException failure;
        try
        {
            await answer(context);
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
