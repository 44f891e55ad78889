using Pipeline.Contracts;

namespace Pipeline.Workers.Agent;

/// <summary>The orchestrator did not answer for as long as a worker waits: the worker ends.</summary>
internal sealed class OrchestratorGoneException(string message, Exception innerException) : PipelineException(message, innerException);
