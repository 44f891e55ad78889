using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial long pt_live_tensors();

    [LibraryImport(Library)]
    internal static partial void pt_tensor_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint pt_empty(ReadOnlySpan<long> sizes, int rank, int type, Place place, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_zeros(ReadOnlySpan<long> sizes, int rank, int type, Place place, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial int pt_tensor_type(TensorHandle x);

    [LibraryImport(Library)]
    internal static partial int pt_tensor_rank(TensorHandle x);

    [LibraryImport(Library)]
    internal static partial void pt_tensor_sizes(TensorHandle x, Span<long> sizes);

    [LibraryImport(Library)]
    internal static partial Place pt_tensor_place(TensorHandle x);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_to(TensorHandle x, Place place, [MarshalAs(UnmanagedType.U1)] bool nonBlocking, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_tensor_to_type(TensorHandle x, int type, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_index_select(TensorHandle x, long dim, TensorHandle index, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_gather(TensorHandle x, long dim, TensorHandle index, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_narrow(TensorHandle x, long dim, long start, long length, out TensorHandle result);

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

    /// <summary>Floating point of 64 bits.</summary>
    Float64 = 7,

    /// <summary>Floating point of 16 bits with the range of 32.</summary>
    BFloat16 = 15,
}

/// <summary>An array of libtorch's. Not for use on two threads at a time.</summary>
internal sealed partial class Tensor : IDisposable
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

    /// <summary>Where it lies.</summary>
    public torch.Device device => Native.pt_tensor_place(Handle) is var place && place.Type == (int)DeviceType.CPU ? torch.CPU : new((DeviceType)place.Type, place.Index);

    /// <summary>The elements' bytes in place; valid while the tensor lives, which is in the machine's memory.</summary>
    public unsafe Span<byte> bytes
    {
        get
        {
            Native.Check(Native.pt_tensor_data(Handle, out nint data));
            return new Span<byte>((void*)data, checked((int)NumberOfElements * ElementBytes));
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

    private int ElementBytes => dtype switch
    {
        ScalarType.Int64 or ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        ScalarType.BFloat16 => 2,
        var other => throw new NotSupportedException($"Elements of type {other} are not read."),
    };

    internal TensorHandle Handle { get; }

    internal DisposeScope? Scope { get; set; }

    /// <summary>The only element.</summary>
    public T item<T>()
        where T : unmanaged
    {
        using Tensor here = cpu();
        return MemoryMarshal.Cast<byte, T>(here.bytes)[0];
    }

    /// <summary>The same elements on a device; the tensor's own where it lies there.</summary>
    public Tensor to(torch.Device device, bool non_blocking = false) =>
        Native.Result(Native.pt_tensor_to(Handle, device.Place, non_blocking, out TensorHandle result), result);

    /// <summary>The same elements as another type; the tensor's own where it has that.</summary>
    public Tensor to(ScalarType type) => Native.Result(Native.pt_tensor_to_type(Handle, (int)type, out TensorHandle result), result);

    /// <summary>The same elements in the machine's memory; the tensor's own where it lies there.</summary>
    public Tensor cpu() => to(torch.CPU);

    /// <summary>Rows of an axis by their numbers [N], which lie on the same device.</summary>
    public Tensor index_select(long dim, Tensor index) => Native.Result(Native.pt_index_select(Handle, dim, index.Handle, out TensorHandle result), result);

    /// <summary>Elements taken along an axis by their numbers, which have the result's shape and lie on the same device.</summary>
    public Tensor gather(long dim, Tensor index) => Native.Result(Native.pt_gather(Handle, dim, index.Handle, out TensorHandle result), result);

    /// <summary>A part of an axis, seen in place.</summary>
    public Tensor narrow(long dim, long start, long length) => Native.Result(Native.pt_narrow(Handle, dim, start, length, out TensorHandle result), result);

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
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null) =>
        Native.Result(Native.pt_empty(size, size.Length, (int)(dtype ?? ScalarType.Float32), (device ?? CPU).Place, out TensorHandle result), result);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null) =>
        Native.Result(Native.pt_zeros(size, size.Length, (int)(dtype ?? ScalarType.Float32), (device ?? CPU).Place, out TensorHandle result), result);

    /// <summary>A copy of floats, in a shape.</summary>
    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions)
    {
        Tensor result = empty(dimensions);
        MemoryMarshal.AsBytes(rawArray.AsSpan()).CopyTo(result.bytes);
        return result;
    }

    /// <summary>A copy of whole numbers, in a shape.</summary>
    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions)
    {
        Tensor result = empty(dimensions, ScalarType.Int64);
        MemoryMarshal.AsBytes(dataArray.AsSpan()).CopyTo(result.bytes);
        return result;
    }
}
