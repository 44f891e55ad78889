namespace Pipeline.Workers.Torch;

/// <summary>The library that tensors are computed with: the package TorchSharp.</summary>
internal static class Library
{
    /// <summary>What libtorch is called through.</summary>
    public const string Name = "TorchSharp, with trials one after another";

    /// <summary>What brings CUDA where this library lacks it: the end of a sentence.</summary>
    public const string HowToGetCuda = "check the driver with nvidia-smi: the package TorchSharp-cuda-linux brings CUDA";

    /// <summary>The package's assembly; its libtorch lies beside it.</summary>
    public static string Path => typeof(torch).Assembly.Location;

    /// <summary>Whether it has CUDA and a device for it; it does not tell the two apart.</summary>
    public static bool WithCuda => torch.cuda.is_available();

    /// <summary>What is known of a device: not more than where it is. Of names and memory the package says nothing: 0 bytes.</summary>
    /// <param name="device">A device of CUDA's.</param>
    public static (string Name, long FreeBytes, long TotalBytes) Describe(torch.Device device) => (device.ToString(), 0, 0);
}
