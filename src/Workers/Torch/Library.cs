using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Workers.Torch;

/// <summary>The library that tensors are computed with: our own binding of libtorch.</summary>
internal static class Library
{
    /// <summary>Longest name of a device that its driver gives, with the zero that ends it.</summary>
    private const int NameBytes = 256;

    /// <summary>What libtorch is called through.</summary>
    public const string Name = "our own binding";

    /// <summary>What brings CUDA where this library lacks it: the end of a sentence.</summary>
    public const string HowToGetCuda = "let LIBTORCH name the folder of a libtorch or PyTorch with CUDA and build the native library again: "
        + "src/Workers/Torch/native/build.sh (./pipeline does)";

    /// <summary>The file that libtorch's code was loaded from.</summary>
    public static string Path => Marshal.PtrToStringUTF8(Native.pt_library_path())!;

    /// <summary>Whether it has CUDA.</summary>
    public static bool WithCuda => Native.pt_with_cuda();

    /// <summary>What the driver says of a device.</summary>
    /// <param name="device">A device of CUDA's.</param>
    public static (string Name, long FreeBytes, long TotalBytes) Describe(torch.Device device)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        Native.Check(Native.pt_cuda_device(device.index, name, out long free, out long total));
        return (Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]), free, total);
    }
}
