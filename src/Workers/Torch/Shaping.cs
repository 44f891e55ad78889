using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_sigmoid(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tanh(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_elu(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_prelu(TensorHandle x, TensorHandle slope, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_div(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_reshape(TensorHandle x, ReadOnlySpan<long> sizes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_permute(TensorHandle x, ReadOnlySpan<long> axes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_concat(ReadOnlySpan<nint> tensors, int count, long axis, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_max_pool(TensorHandle x, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_avg_pool(TensorHandle x, ReadOnlySpan<long> kernel, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_flip(TensorHandle x, long axis, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_sum(TensorHandle x, long axis, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_max(TensorHandle x, long axis, out TensorHandle result);
}

/// <summary>Elementwise functions, and what changes shapes.</summary>
internal static class Shaping
{
    /// <summary>1 / (1 + e^-x).</summary>
    public static Tensor Sigmoid(Tensor x) => Native.Result(Native.pt_sigmoid(x.Handle, out TensorHandle result), result);

    /// <summary>The hyperbolic tangent.</summary>
    public static Tensor Tanh(Tensor x) => Native.Result(Native.pt_tanh(x.Handle, out TensorHandle result), result);

    /// <summary>x where it is positive, else e^x - 1.</summary>
    public static Tensor Elu(Tensor x) => Native.Result(Native.pt_elu(x.Handle, out TensorHandle result), result);

    /// <summary>x where it is positive, else slope · x.</summary>
    public static Tensor PRelu(Tensor x, Tensor slope) => Native.Result(Native.pt_prelu(x.Handle, slope.Handle, out TensorHandle result), result);

    /// <summary>The elementwise quotient of tensors of the same or a broadcastable shape.</summary>
    public static Tensor Div(Tensor x, Tensor y) => Native.Result(Native.pt_div(x.Handle, y.Handle, out TensorHandle result), result);

    /// <summary>The same elements in another shape; a copy where they do not lie row after row.</summary>
    public static Tensor Reshape(Tensor x, long[] sizes) =>
        Native.Result(Native.pt_reshape(x.Handle, sizes, sizes.Length, out TensorHandle result), result);

    /// <summary>The same elements with the axes in another order.</summary>
    public static Tensor Permute(Tensor x, long[] axes) =>
        Native.Result(Native.pt_permute(x.Handle, axes, axes.Length, out TensorHandle result), result);

    /// <summary>Tensors one after the other along an axis.</summary>
    public static Tensor Concat(IReadOnlyList<Tensor> tensors, long axis)
    {
        nint error = Native.pt_concat([.. tensors.Select(t => t.Handle.DangerousGetHandle())], tensors.Count, axis, out TensorHandle result);
        GC.KeepAlive(tensors);
        return Native.Result(error, result);
    }

    /// <summary>The greatest of each window of [N, C, H, W].</summary>
    public static Tensor MaxPool(Tensor x, long[] kernel, long[] strides) =>
        Native.Result(Native.pt_max_pool(x.Handle, kernel, strides, out TensorHandle result), result);

    /// <summary>The mean of each window of [N, C, H, W]; the windows do not overlap.</summary>
    public static Tensor AveragePool(Tensor x, long[] kernel) =>
        Native.Result(Native.pt_avg_pool(x.Handle, kernel, out TensorHandle result), result);

    /// <summary>The same elements from last to first along an axis.</summary>
    public static Tensor Flip(Tensor x, long axis) => Native.Result(Native.pt_flip(x.Handle, axis, out TensorHandle result), result);

    /// <summary>The sum along an axis, which stays with size 1.</summary>
    public static Tensor Sum(Tensor x, long axis) => Native.Result(Native.pt_sum(x.Handle, axis, out TensorHandle result), result);

    /// <summary>The greatest along an axis, which stays with size 1.</summary>
    public static Tensor Max(Tensor x, long axis) => Native.Result(Native.pt_max(x.Handle, axis, out TensorHandle result), result);
}
