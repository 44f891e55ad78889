namespace Pipeline.Orchestrator.Api;

/// <summary>The body of an answer that is not a success.</summary>
public sealed record ApiError(string Message);
