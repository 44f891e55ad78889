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
    internal static partial nint pt_gelu(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_rsqrt(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_trunc(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_prelu(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_add(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_mul(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_div(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_add_scalar(TensorHandle x, double y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_mul_scalar(TensorHandle x, double y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_pow(TensorHandle x, double y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_clamp_min(TensorHandle x, double y, out TensorHandle result);
}

/// <summary>A number that an operator takes.</summary>
/// <param name="Value">The number.</param>
internal readonly record struct Scalar(double Value)
{
    /// <summary>The number as an operator takes it.</summary>
    public static implicit operator Scalar(double value) => new(value);
}

/// <content>Elementwise functions.</content>
internal sealed partial class Tensor
{
    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor sigmoid() => Native.Result(Native.pt_sigmoid(Handle, out TensorHandle result), result);

    /// <summary>The hyperbolic tangent.</summary>
    public Tensor tanh() => Native.Result(Native.pt_tanh(Handle, out TensorHandle result), result);

    /// <summary>x where it is positive, else e^x - 1.</summary>
    public Tensor elu() => Native.Result(Native.pt_elu(Handle, out TensorHandle result), result);

    /// <summary>x · Φ(x).</summary>
    public Tensor gelu() => Native.Result(Native.pt_gelu(Handle, out TensorHandle result), result);

    /// <summary>x where it is positive, else target · x.</summary>
    public Tensor prelu(Tensor target) => Native.Result(Native.pt_prelu(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>The sum with a tensor of the same or a broadcastable shape.</summary>
    public Tensor add(Tensor target) => Native.Result(Native.pt_add(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>The sum with a number.</summary>
    public Tensor add(Scalar scalar) => Native.Result(Native.pt_add_scalar(Handle, scalar.Value, out TensorHandle result), result);

    /// <summary>The elementwise product with a tensor of the same or a broadcastable shape.</summary>
    public Tensor mul(Tensor target) => Native.Result(Native.pt_mul(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>The product with a number.</summary>
    public Tensor mul(Scalar target) => Native.Result(Native.pt_mul_scalar(Handle, target.Value, out TensorHandle result), result);

    /// <summary>The elementwise quotient of tensors of the same or a broadcastable shape.</summary>
    public Tensor div(Tensor target) => Native.Result(Native.pt_div(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>x raised to a power.</summary>
    public Tensor pow(Scalar exponent) => Native.Result(Native.pt_pow(Handle, exponent.Value, out TensorHandle result), result);

    /// <summary>1 / √x.</summary>
    public Tensor rsqrt() => Native.Result(Native.pt_rsqrt(Handle, out TensorHandle result), result);

    /// <summary>The greater one of x and a number.</summary>
    public Tensor clamp_min(Scalar min) => Native.Result(Native.pt_clamp_min(Handle, min.Value, out TensorHandle result), result);

    /// <summary>Each element's part before the point; its gradient is 0.</summary>
    public Tensor trunc() => Native.Result(Native.pt_trunc(Handle, out TensorHandle result), result);
}
