using Pipeline.Contracts;

namespace Pipeline.Workers.Agent;

/// <summary>The device of this worker is lost to its process: the worker ends, and its trials are queued again.</summary>
public sealed class DeviceLostException(Exception fault)
    : PipelineException($"{Words}: {fault.Message} Its trials are queued again; start the worker again to go on with them.", fault)
{
    /// <summary>What the message begins with, by which whoever started the worker knows this end from others.</summary>
    public const string Words = "The device is lost to this process";
}
