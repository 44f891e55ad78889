using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>The folder for copies of blobs has no room beside what is in use. The blob can still be read by ranges.</summary>
/// <param name="message">The whole message.</param>
public sealed class CacheFullException(string message) : PipelineException(message);
