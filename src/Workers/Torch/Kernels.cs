using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_depthwise_conv(TensorHandle x, TensorHandle weight, nint bias, ReadOnlySpan<long> attributes, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_pointwise_conv(TensorHandle x, TensorHandle weight, nint bias, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_normalize(
        TensorHandle x,
        TensorHandle runningMean,
        TensorHandle runningVar,
        TensorHandle weight,
        TensorHandle bias,
        long groups,
        [MarshalAs(UnmanagedType.U1)] bool training,
        double momentum,
        double eps,
        [MarshalAs(UnmanagedType.U1)] bool relu,
        [MarshalAs(UnmanagedType.U1)] bool withMean,
        out TensorHandle result,
        out TensorHandle mean);

    [LibraryImport(Library)]
    internal static partial nint pt_lstm_fused(
        TensorHandle x,
        TensorHandle weight,
        TensorHandle recurrent,
        TensorHandle bias,
        [MarshalAs(UnmanagedType.U1)] bool lastOnly,
        out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_broadcast_add_relu(TensorHandle wide, TensorHandle narrow, nint shortcut, out TensorHandle result);
}

/// <summary>
/// Kernels of our own for small models on the processor (native: <c>depthwise.cpp</c>, <c>pointwise.cpp</c>, <c>normalize.cpp</c>, <c>broadcast.cpp</c>, <c>lstm.cpp</c>).
/// Each does what one or several of libtorch's operators do, gradients included; those stay the reference that tests hold them against.
/// </summary>
internal static class Kernels
{
    /// <summary>Convolution whose output channels each see one input channel, of width stride 1.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="weight">[C · multiplier, 1, kH, kW].</param>
    /// <param name="bias">[C · multiplier], or null.</param>
    /// <param name="stride">Over the height.</param>
    /// <param name="padding">Height, width.</param>
    /// <param name="dilation">Height, width.</param>
    public static Tensor DepthwiseConv(Tensor x, Tensor weight, Tensor? bias, long stride, (long Height, long Width) padding, (long Height, long Width) dilation)
    {
        nint error = Native.pt_depthwise_conv(
            x.Handle, weight.Handle, Address(bias), [stride, padding.Height, padding.Width, dilation.Height, dilation.Width], out TensorHandle result);
        GC.KeepAlive(bias);
        return Native.Result(error, result);
    }

    /// <summary>Convolution of [N, C, H, W] by a 1 × 1 kernel [M, C, 1, 1], stride 1.</summary>
    public static Tensor PointwiseConv(Tensor x, Tensor weight, Tensor? bias)
    {
        nint error = Native.pt_pointwise_conv(x.Handle, weight.Handle, Address(bias), out TensorHandle result);
        GC.KeepAlive(bias);
        return Native.Result(error, result);
    }

    /// <summary>Batch normalisation of the row groups of each channel; then, where asked for, max(x, 0), and the mean over the height beside it.</summary>
    public static (Tensor Value, Tensor? Mean) Normalize(
        Tensor x, NormStatistics statistics, long groups, bool training, double momentum, double eps, bool relu, bool withMean)
    {
        Native.Check(Native.pt_normalize(
            x.Handle,
            statistics.RunningMean.Handle,
            statistics.RunningVariance.Handle,
            statistics.Weight.Handle,
            statistics.Bias.Handle,
            groups,
            training,
            momentum,
            eps,
            relu,
            withMean,
            out TensorHandle value,
            out TensorHandle mean));
        return (new Tensor(value), withMean ? new Tensor(mean) : null);
    }

    /// <summary>max(wide + narrow + shortcut, 0), where narrow [N, C, 1, W] has one row for all of [N, C, H, W]; the shortcut may be null.</summary>
    public static Tensor BroadcastAddRelu(Tensor wide, Tensor narrow, Tensor? shortcut)
    {
        nint error = Native.pt_broadcast_add_relu(wide.Handle, narrow.Handle, Address(shortcut), out TensorHandle result);
        GC.KeepAlive(shortcut);
        return Native.Result(error, result);
    }

    /// <summary><see cref="Sequences.Lstm"/> for units in multiples of <see cref="Training.LstmStep.Units"/>.</summary>
    public static Tensor Lstm(Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly) =>
        Native.Result(Native.pt_lstm_fused(x.Handle, weight.Handle, recurrent.Handle, bias.Handle, lastOnly, out TensorHandle result), result);

    private static nint Address(Tensor? tensor) => tensor is null ? 0 : tensor.Handle.DangerousGetHandle();
}

/// <summary>What a normalisation owns.</summary>
internal readonly record struct NormStatistics(Tensor Weight, Tensor Bias, Tensor RunningMean, Tensor RunningVariance);
