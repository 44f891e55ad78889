using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Api;

/// <summary>The routes that workers call (<see cref="WorkerRoutes"/>).</summary>
internal static class WorkerApi
{
    public static void Map(IEndpointRouteBuilder outer, TaskQueue queue, StateDatabase state, TimeProvider time, CancellationToken stopping)
    {
        ContractsJson json = ContractsJson.Default;
        RouteGroupBuilder routes = outer.MapGroup("").Needs(Role.Worker);
        Post(routes, WorkerRoutes.Register, json.WorkerHello, json.WorkerWelcome, async (hello, cancellationToken) =>
        {
            WorkerId worker = await state.WriteAsync(t => new WorkerStore(t).AddAsync(hello, time.GetUtcNow()), cancellationToken);
            return new WorkerWelcome(worker, TaskRules.Heartbeat.TotalSeconds, TaskRules.Lease.TotalSeconds);
        });
        Post(routes, WorkerRoutes.Claim, json.ClaimRequest, json.ClaimResponse, async (request, cancellationToken) =>
        {
            // A claim may wait; the end of the orchestrator ends the wait.
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
            return await queue.ClaimAsync(request, either.Token);
        });
        Post(routes, WorkerRoutes.Heartbeat, json.HeartbeatRequest, json.HeartbeatResponse, queue.HeartbeatAsync);
        Post(routes, WorkerRoutes.Progress, json.TrialProgress, json.TaskAck, queue.ProgressAsync);
        Post(routes, WorkerRoutes.Log, json.TaskLog, json.TaskAck, queue.LogAsync);
        Post(routes, WorkerRoutes.Complete, json.TaskCompleted, json.TaskAck, queue.CompleteAsync);
        Post(routes, WorkerRoutes.Fail, json.TaskFailed, json.TaskAck, queue.FailAsync);
        Post(routes, WorkerRoutes.Goodbye, json.WorkerGoodbye, json.TaskAck, (goodbye, cancellationToken) => queue.GoodbyeAsync(goodbye.Worker, cancellationToken));
    }

    private static void Post<TRequest, TResponse>(
        IEndpointRouteBuilder routes,
        string route,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        Func<TRequest, CancellationToken, Task<TResponse>> handle) =>
        routes.MapPost(route, async (HttpContext context) =>
        {
            TRequest request = await JsonSerializer.DeserializeAsync(context.Request.Body, requestType, context.RequestAborted)
                ?? throw new BadInputException($"{route} takes a {typeof(TRequest).Name} as JSON; found null.");
            TResponse response = await handle(request, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(response, responseType, cancellationToken: context.RequestAborted);
        });
}
