using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_gelu(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_prepend_row(TensorHandle x, TensorHandle row, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_first_row(TensorHandle x, out TensorHandle result);
}

/// <summary>What transformers have besides attention.</summary>
internal static class Transformers
{
    /// <summary>x · Φ(x).</summary>
    public static Tensor Gelu(Tensor x) => Native.Result(Native.pt_gelu(x.Handle, out TensorHandle result), result);

    /// <summary>A row [W] before those of [N, C, H, W].</summary>
    public static Tensor PrependRow(Tensor x, Tensor row) => Native.Result(Native.pt_prepend_row(x.Handle, row.Handle, out TensorHandle result), result);

    /// <summary>[N, C, H, W] to [N, C, 1, W].</summary>
    public static Tensor FirstRow(Tensor x) => Native.Result(Native.pt_first_row(x.Handle, out TensorHandle result), result);
}
