using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_matmul(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_layer_norm(TensorHandle x, TensorHandle weight, TensorHandle bias, double eps, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_l2_normalize(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_squash(TensorHandle x, out TensorHandle result);
}

/// <summary>Attention and capsules.</summary>
internal static class Attention
{
    /// <summary>The matrix product over the last two axes, whose matrices the second may have one of for all.</summary>
    public static Tensor MatMul(Tensor x, Tensor y) => Native.Result(Native.pt_matmul(x.Handle, y.Handle, out TensorHandle result), result);

    /// <summary>Normalisation of each row along the last axis.</summary>
    public static Tensor LayerNormalization(Tensor x, Tensor weight, Tensor bias, double eps) =>
        Native.Result(Native.pt_layer_norm(x.Handle, weight.Handle, bias.Handle, eps, out TensorHandle result), result);

    /// <summary>x over its Euclidean length along the last axis.</summary>
    public static Tensor LpNormalization(Tensor x) => Native.Result(Native.pt_l2_normalize(x.Handle, out TensorHandle result), result);

    /// <summary>A capsule's squashing along the last axis.</summary>
    public static Tensor Squash(Tensor x) => Native.Result(Native.pt_squash(x.Handle, out TensorHandle result), result);
}
