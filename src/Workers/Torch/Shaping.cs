using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_reshape(TensorHandle x, ReadOnlySpan<long> sizes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_permute(TensorHandle x, ReadOnlySpan<long> axes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_expand(TensorHandle x, ReadOnlySpan<long> sizes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_flip(TensorHandle x, ReadOnlySpan<long> axes, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_sum(TensorHandle x, ReadOnlySpan<long> axes, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_mean(TensorHandle x, ReadOnlySpan<long> axes, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_amax(TensorHandle x, ReadOnlySpan<long> axes, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_cat(ReadOnlySpan<nint> tensors, int count, long axis, out TensorHandle result);
}

/// <content>What changes shapes, and what makes one of several elements.</content>
internal sealed partial class Tensor
{
    /// <summary>The same elements in another shape; a copy where they do not lie row after row.</summary>
    public Tensor reshape(params long[] shape) =>
        Native.Result(Native.pt_reshape(Handle, shape, shape.Length, out TensorHandle result), result);

    /// <summary>The same elements with the axes in another order.</summary>
    public Tensor permute(params long[] permutation) =>
        Native.Result(Native.pt_permute(Handle, permutation, permutation.Length, out TensorHandle result), result);

    /// <summary>The same elements with axes of size 1 repeated, seen in place.</summary>
    public Tensor expand(params long[] sizes) =>
        Native.Result(Native.pt_expand(Handle, sizes, sizes.Length, out TensorHandle result), result);

    /// <summary>The same elements from last to first along some axes.</summary>
    public Tensor flip(params long[] dims) =>
        Native.Result(Native.pt_flip(Handle, dims, dims.Length, out TensorHandle result), result);

    /// <summary>The sum along an axis.</summary>
    public Tensor sum(long dim, bool keepdim = false) =>
        Native.Result(Native.pt_sum(Handle, [dim], 1, keepdim, out TensorHandle result), result);

    /// <summary>The mean over some axes.</summary>
    public Tensor mean(long[] dimensions, bool keepdim = false) =>
        Native.Result(Native.pt_mean(Handle, dimensions, dimensions.Length, keepdim, out TensorHandle result), result);

    /// <summary>The greatest over some axes; equal ones share its gradient.</summary>
    public Tensor amax(long[] dims, bool keepdim = false) =>
        Native.Result(Native.pt_amax(Handle, dims, dims.Length, keepdim, out TensorHandle result), result);
}

internal static partial class torch
{
    /// <summary>Tensors one after the other along an axis.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        nint error = Native.pt_cat([.. tensors.Select(static t => t.Handle.DangerousGetHandle())], tensors.Count, dim, out TensorHandle result);
        GC.KeepAlive(tensors);
        return Native.Result(error, result);
    }
}
