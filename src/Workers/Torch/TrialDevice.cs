using System.Runtime.InteropServices;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_stream_enter(Place place, out nint entered);

    [LibraryImport(Library)]
    internal static partial nint pt_stream_synchronize(nint stream);

    [LibraryImport(Library)]
    internal static partial void pt_stream_leave(nint stream);

    [LibraryImport(Library)]
    internal static partial nint pt_deterministic();

    [LibraryImport(Library)]
    internal static partial nint pt_autocast(int type, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library)]
    internal static partial nint pt_pinned(ReadOnlySpan<long> sizes, int rank, int type, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_dropout_mask(
        ReadOnlySpan<long> sizes, int rank, double probability, ulong seed, Place place, [MarshalAs(UnmanagedType.U1)] bool plain, out TensorHandle result);
}

/// <summary>A device of libtorch's.</summary>
internal sealed class TrialDevice : ITrialDevice
{
    private nint _stream;

    /// <summary>Takes the device for this thread: on CUDA it computes in a stream of its own from now on.</summary>
    /// <param name="device">The device.</param>
    /// <param name="kernels">Whether the processor's own kernels may be used; false where they must not be, as on another device.</param>
    public TrialDevice(torch.Device device, bool kernels = true)
    {
        (Device, HasKernels) = (device, kernels && device.type == DeviceType.CPU);
        if (device.type != DeviceType.CPU)
        {
            Native.Check(Native.pt_deterministic());
            Native.Check(Native.pt_stream_enter(device.Place, out _stream));
        }
    }

    /// <summary>The processor: any number of threads use it, and it is never ended.</summary>
    public static TrialDevice Processor { get; } = new(torch.CPU);

    /// <inheritdoc/>
    public torch.Device Device { get; }

    /// <inheritdoc/>
    public bool HasKernels { get; }

    /// <inheritdoc/>
    public IDisposable Autocast() => new AutocastScope(Device.type);

    /// <inheritdoc/>
    public Tensor Stage(ReadOnlySpan<long> sizes, ScalarType type) => Device.type == DeviceType.CPU
        ? torch.empty(sizes, type)
        : Native.Result(Native.pt_pinned(sizes, sizes.Length, (int)type, out TensorHandle result), result);

    /// <inheritdoc/>
    public Tensor Send(Tensor staged) => Device.type == DeviceType.CPU ? staged : staged.to(Device, non_blocking: true);

    /// <inheritdoc/>
    public Tensor Mask(ReadOnlySpan<long> sizes, double probability, ulong seed) =>
        Native.Result(Native.pt_dropout_mask(sizes, sizes.Length, probability, seed, Device.Place, !HasKernels, out TensorHandle result), result);

    /// <inheritdoc/>
    public void Synchronize()
    {
        if (_stream != 0)
        {
            Native.Check(Native.pt_stream_synchronize(_stream));
        }
    }

    /// <inheritdoc/>
    public long FreeBytes() => Device.type == DeviceType.CPU ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : Library.Describe(Device).FreeBytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stream != 0)
        {
            // A lost device does not answer, and its fault was reported by the call that met it.
            nint error = Native.pt_stream_synchronize(_stream);
            Native.pt_stream_leave(_stream);
            _stream = 0;
            if (error != 0)
            {
                Native.pt_error_free(error);
            }
        }
    }

    private sealed class AutocastScope : IDisposable
    {
        private readonly int _type;

        public AutocastScope(DeviceType type)
        {
            _type = (int)type;
            Native.Check(Native.pt_autocast(_type, enabled: true));
        }

        public void Dispose() => Native.Check(Native.pt_autocast(_type, enabled: false));
    }
}
