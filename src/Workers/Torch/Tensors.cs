using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial long pt_live_tensors();

    [LibraryImport(Library)]
    internal static partial void pt_tensor_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint pt_empty(ReadOnlySpan<long> sizes, int rank, int type, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_zeros(ReadOnlySpan<long> sizes, int rank, int type, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial int pt_tensor_type(TensorHandle x);

    [LibraryImport(Library)]
    internal static partial int pt_tensor_rank(TensorHandle x);

    [LibraryImport(Library)]
    internal static partial void pt_tensor_sizes(TensorHandle x, Span<long> sizes);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_data(TensorHandle x, out nint data);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_copy_(TensorHandle x, TensorHandle source);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_detach(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_contiguous(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_view(TensorHandle x, ReadOnlySpan<long> sizes, int rank, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_transpose(TensorHandle x, long dim0, long dim1, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_flatten(TensorHandle x, long start, long end, out TensorHandle result);
}

/// <summary>Element types, with libtorch's numbers.</summary>
internal enum ScalarType
{
    /// <summary>Whole numbers of 64 bits.</summary>
    Int64 = 4,

    /// <summary>Floating point of 32 bits.</summary>
    Float32 = 6,
}

/// <summary>An array of libtorch's. Not for use on two threads at a time.</summary>
internal sealed class Tensor : IDisposable
{
    internal Tensor(TensorHandle handle)
    {
        Handle = handle;
        DisposeScope.Register(this);
    }

    /// <summary>Tensors held by anyone in this process; what a run must leave as it found it.</summary>
    public static long TotalCount => Native.pt_live_tensors();

    /// <summary>The element type.</summary>
    public ScalarType dtype => (ScalarType)Native.pt_tensor_type(Handle);

    /// <summary>The sizes of the axes.</summary>
    public long[] shape
    {
        get
        {
            var sizes = new long[Native.pt_tensor_rank(Handle)];
            Native.pt_tensor_sizes(Handle, sizes);
            return sizes;
        }
    }

    /// <summary>The number of elements.</summary>
    public long NumberOfElements => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The elements' bytes in place; valid while the tensor lives.</summary>
    public unsafe Span<byte> bytes
    {
        get
        {
            Native.Check(Native.pt_tensor_data(Handle, out nint data));
            return new Span<byte>((void*)data, checked((int)NumberOfElements * (dtype == ScalarType.Int64 ? sizeof(long) : sizeof(float))));
        }
    }

    /// <summary>The gradient, after a backward pass.</summary>
    public Tensor? grad
    {
        get
        {
            Native.Check(Native.pt_grad(Handle, out TensorHandle result));
            return result.IsInvalid ? null : new Tensor(result);
        }
    }

    internal TensorHandle Handle { get; }

    internal DisposeScope? Scope { get; set; }

    /// <summary>The elements of a float tensor in place; valid while the tensor lives.</summary>
    internal Span<float> Floats() => MemoryMarshal.Cast<byte, float>(bytes);

    /// <summary>The only element.</summary>
    public T item<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes)[0];

    /// <summary>Takes over the elements of another tensor.</summary>
    public Tensor copy_(Tensor source)
    {
        Native.Check(Native.pt_tensor_copy_(Handle, source.Handle));
        return this;
    }

    /// <summary>The same elements, outside of the recorded computation.</summary>
    public Tensor detach() => Native.Result(Native.pt_tensor_detach(Handle, out TensorHandle result), result);

    /// <summary>The same tensor where it lies row after row, else a copy that does.</summary>
    public Tensor contiguous() => Native.Result(Native.pt_tensor_contiguous(Handle, out TensorHandle result), result);

    /// <summary>The same elements seen in another shape.</summary>
    public Tensor view(params long[] shape) => Native.Result(Native.pt_tensor_view(Handle, shape, shape.Length, out TensorHandle result), result);

    /// <summary>The same elements with two axes exchanged.</summary>
    public Tensor transpose(long dim0, long dim1) => Native.Result(Native.pt_tensor_transpose(Handle, dim0, dim1, out TensorHandle result), result);

    /// <summary>Several axes made into one.</summary>
    public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
        Native.Result(Native.pt_tensor_flatten(Handle, start_dim, end_dim, out TensorHandle result), result);

    /// <summary>The sum with a tensor of the same or a broadcastable shape.</summary>
    public Tensor add(Tensor target) => Native.Result(Native.pt_add(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>The elementwise product with a tensor of the same or a broadcastable shape.</summary>
    public Tensor mul(Tensor target) => Native.Result(Native.pt_mul(Handle, target.Handle, out TensorHandle result), result);

    /// <summary>The mean over some axes.</summary>
    public Tensor mean(long[] dimensions, bool keepdim = false) =>
        Native.Result(Native.pt_mean(Handle, dimensions, dimensions.Length, keepdim, out TensorHandle result), result);

    /// <summary>Says whether gradients are to be computed for this tensor.</summary>
    public Tensor requires_grad_(bool requires_grad = true)
    {
        Native.Check(Native.pt_requires_grad_(Handle, requires_grad));
        return this;
    }

    /// <summary>Computes the gradients of this scalar; they add up in <see cref="grad"/> of the tensors that require them.</summary>
    public void backward() => Native.Check(Native.pt_backward(Handle));

    /// <summary>Hands the tensor to the scope around its own, or to its holder.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        Scope?.MoveToOuter(this);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}

internal static partial class torch
{
    /// <summary>A tensor of unset elements.</summary>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32) =>
        Native.Result(Native.pt_empty(size, size.Length, (int)dtype, out TensorHandle result), result);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32) =>
        Native.Result(Native.pt_zeros(size, size.Length, (int)dtype, out TensorHandle result), result);

    /// <summary>A copy of floats, in a shape.</summary>
    public static Tensor tensor(ReadOnlySpan<float> rawArray, ReadOnlySpan<long> dimensions)
    {
        Tensor result = empty(dimensions);
        rawArray.CopyTo(result.Floats());
        return result;
    }

    /// <summary>A copy of whole numbers, in a shape.</summary>
    public static Tensor tensor(ReadOnlySpan<long> rawArray, ReadOnlySpan<long> dimensions)
    {
        Tensor result = empty(dimensions, ScalarType.Int64);
        rawArray.CopyTo(MemoryMarshal.Cast<byte, long>(result.bytes));
        return result;
    }
}
