using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_margin_loss(
        TensorHandle x, TensorHandle target, nint weight, double present, double absent, double down, out TensorHandle result);
}

/// <summary>Losses that libtorch has no operator for.</summary>
internal static class Losses
{
    /// <summary>
    /// The margin loss of capsule networks (Sabour et al. 2017, equation 4): for each row the sum over classes of t·max(0, 0.9 − p)² + 0.5·(1 − t)·max(0, p − 0.1)².
    /// </summary>
    /// <param name="probabilities">p [N, classes].</param>
    /// <param name="target">t [N, classes], a distribution over the classes for each row.</param>
    /// <param name="weight">The weight of each row in the mean [N]; null: they count alike.</param>
    /// <returns>The mean over the rows.</returns>
    public static Tensor Margin(Tensor probabilities, Tensor target, Tensor? weight)
    {
        nint error = Native.pt_margin_loss(
            probabilities.Handle, target.Handle, weight is null ? 0 : weight.Handle.DangerousGetHandle(), present: 0.9, absent: 0.1, down: 0.5, out TensorHandle result);
        GC.KeepAlive(weight);
        return Native.Result(error, result);
    }
}
