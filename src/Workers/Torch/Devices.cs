using System.Globalization;
using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool pt_with_cuda();

    [LibraryImport(Library)]
    internal static partial int pt_cuda_count();

    [LibraryImport(Library)]
    internal static partial nint pt_cuda_device(int index, Span<byte> name, out long free, out long total);
}

/// <summary>Kinds of devices, with libtorch's numbers.</summary>
internal enum DeviceType
{
    /// <summary>The processor.</summary>
    CPU = 0,

    /// <summary>A graphics processor of NVIDIA's.</summary>
    CUDA = 1,
}

internal static partial class torch
{
    /// <summary>Where tensors lie and are computed with.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="index">Its number among those of the kind; -1: the one there is.</param>
    internal sealed record Device(DeviceType type, int index = -1)
    {
        /// <summary>The place of it on the C ABI.</summary>
        internal Place Place => new((int)type, index);

        /// <summary>As settings write it: <c>cpu</c>, <c>cuda:0</c>.</summary>
        public override string ToString() => type == DeviceType.CPU ? "cpu" : string.Create(CultureInfo.InvariantCulture, $"cuda:{index}");
    }

    /// <summary>The processor.</summary>
    public static Device CPU { get; } = new(DeviceType.CPU);

    /// <summary>Graphics processors of NVIDIA's.</summary>
    internal static class cuda
    {
        /// <summary>Whether there is one that can be used.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>How many there are.</summary>
        public static int device_count() => Native.pt_cuda_count();
    }
}

/// <summary>A device's number and kind on the C ABI.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Place(int Type, int Index);
