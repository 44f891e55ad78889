using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Contracts;

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

/// <summary>The devices by the names that settings have for them.</summary>
internal static class Devices
{
    /// <summary>Longest name of a device that its driver gives, with the zero that ends it.</summary>
    private const int NameBytes = 256;

    /// <summary>The device of a name, which must be there.</summary>
    /// <param name="name"><c>cpu</c>, or <c>cuda:N</c>.</param>
    /// <param name="key">Where the name stands, for the error.</param>
    /// <exception cref="BadInputException">It is no name of a device, or the device is not there.</exception>
    public static torch.Device Find(string name, string key)
    {
        if (name == "cpu")
        {
            return torch.CPU;
        }

        if (!name.StartsWith("cuda:", StringComparison.Ordinal) || !int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw new BadInputException($"{key} is '{name}'. Expected cpu, or cuda:N with N from 0.");
        }

        int count = torch.cuda.device_count();
        return index < count ? new torch.Device(DeviceType.CUDA, index) : throw new BadInputException($"{key} is '{name}'. {Lacking(count)}");
    }

    /// <summary>What the driver says of a device.</summary>
    /// <param name="device">A device of CUDA's.</param>
    public static (string Name, long FreeBytes, long TotalBytes) Describe(torch.Device device)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        Native.Check(Native.pt_cuda_device(device.index, name, out long free, out long total));
        return (Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]), free, total);
    }

    private static string Lacking(int count) => (count, Native.pt_with_cuda()) switch
    {
        (> 0, _) => string.Create(CultureInfo.InvariantCulture, $"Found {count} {(count == 1 ? "device" : "devices")}. Expected cpu, or cuda:N with N below {count}."),
        (_, true) => $"Found libtorch {torch.__version__} with CUDA, but no device that it can use. Check the driver with nvidia-smi, or take cpu.",
        _ => $"Found libtorch {torch.__version__}, which is built without CUDA. Expected cpu; or let LIBTORCH name the folder of a libtorch or PyTorch with CUDA and build "
            + "the native library again: src/Workers/Torch/native/build.sh (./pipeline does).",
    };
}
