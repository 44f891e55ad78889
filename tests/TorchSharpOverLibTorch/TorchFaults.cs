using System.Runtime.InteropServices;

namespace Pipeline.Workers.Training;

/// <summary>What the binding's sources throw here: what the package throws.</summary>
internal static class TorchFaults
{
    public static Exception Of(string message) => new ExternalException(message);

    public static Exception MemoryRanOut() => new ExternalException("out of memory");
}
