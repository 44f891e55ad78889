using System.Runtime.InteropServices;
using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>What libtorch's errors are. It has no types for them, in all its versions, but its words tell.</summary>
internal static class TorchFaults
{
    private static readonly string[] Memory =
        ["can't allocate memory", "out of memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"];

    private static readonly string[] Device =
    [
        "CUDA error", "CUDA driver error", "device-side assert", "CUBLAS_STATUS_EXECUTION_FAILED", "CUBLAS_STATUS_INTERNAL_ERROR", "CUBLAS_STATUS_MAPPING_ERROR",
        "CUDNN_STATUS_EXECUTION_FAILED", "CUDNN_STATUS_INTERNAL_ERROR", "CUDNN_STATUS_MAPPING_ERROR",
    ];

    /// <summary>The exception of an error in libtorch's words.</summary>
    public static Exception Of(string message)
    {
        bool Says(string[] words) => words.Any(w => message.Contains(w, StringComparison.Ordinal));
        return Says(Memory) ? MemoryRanOut() : Says(Device) ? new DeviceFaultException(message) : new TorchException(message);
    }

    /// <summary>An exception of a binding that hands libtorch's words on, as <see cref="Of(string)"/> has it; any other as it is.</summary>
    public static Exception Of(Exception exception) => exception is ExternalException ? Of(exception.Message) : exception;

    /// <summary>libtorch was refused the memory that it asked for.</summary>
    public static TorchMemoryException MemoryRanOut() =>
        new("Memory ran out in libtorch. Take a smaller train.batchSize or model, or fewer trials at a time.");
}

/// <summary>libtorch refused a call: a defect of the caller, with libtorch's own words.</summary>
internal sealed class TorchException(string message) : Exception(message);

/// <summary>
/// A device reported a fault: what this process had there is lost, whichever trial's kernel did it. The process ends, and another goes on.
/// </summary>
internal sealed class DeviceFaultException(string message) : Exception(message);

/// <summary>libtorch was refused the memory that it asked for.</summary>
internal sealed class TorchMemoryException(string message) : PipelineException(message);
