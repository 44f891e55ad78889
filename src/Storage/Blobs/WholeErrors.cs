using Azure.Core;
using Azure.Core.Pipeline;

namespace Pipeline.Storage.Blobs;

/// <summary>
/// Reads what an error says while the request may still be tried again. Downloads leave that to whoever looks at the error, and a connection cut there
/// would end them without another try.
/// </summary>
internal sealed class WholeErrors : HttpPipelinePolicy
{
    private const int FirstError = 400;

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (Unread(message) is { } body)
        {
            MemoryStream whole = new();
            await body.CopyToAsync(whole, message.CancellationToken);
            Replace(message, body, whole);
        }
    }

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ProcessNext(message, pipeline);
        if (Unread(message) is { } body)
        {
            MemoryStream whole = new();
            body.CopyTo(whole);
            Replace(message, body, whole);
        }
    }

    private static Stream? Unread(HttpMessage message) => message.HasResponse && message.Response is { Status: >= FirstError, ContentStream: { CanSeek: false } body } ? body : null;

    private static void Replace(HttpMessage message, Stream body, MemoryStream whole)
    {
        body.Dispose();
        whole.Position = 0;
        message.Response.ContentStream = whole;
    }
}
