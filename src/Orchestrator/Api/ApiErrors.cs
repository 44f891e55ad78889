using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Api;

/// <summary>Limits of what a caller may send.</summary>
internal static class ApiLimits
{
    /// <summary>The greatest call is a batch of log lines or a confusion matrix of 10,000 classes, which nobody has: 8 MB is ample.</summary>
    public const long MaxRequestBytes = 8 * 1024 * 1024;
}

/// <summary>
/// Turns what a call threw into an answer: bad input 400, no room for what is asked 409, another expected failure 503 so that the caller tries again.
/// Such a failure (a full disk, a damaged state) is told to the orchestrator too: it cannot do its work.
/// </summary>
internal sealed class ApiErrors(RequestDelegate next, Action<PipelineException> failed)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (e is BadInputException or JsonException or NotSupportedException or FormatException && !context.Response.HasStarted)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e.StatusCode, $"{e.Message} A request has at most {ApiLimits.MaxRequestBytes} bytes.");
        }
        catch (NoRoomException e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, StatusCodes.Status409Conflict, e.Message);
        }
        catch (PipelineException e) when (!context.Response.HasStarted)
        {
            failed(e);
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (OperationCanceledException) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(message), OrchestratorJson.Default.ApiError);
    }
}
