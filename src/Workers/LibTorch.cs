using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers;

/// <summary>What other rooms may know of libtorch.</summary>
public static class LibTorch
{
    /// <summary>What was found; asking loads the native library.</summary>
    /// <exception cref="TypeInitializationException">The native library cannot be loaded; the inner exception says what to do.</exception>
    public static LibTorchFound Describe() => new(
        Library.Name,
        torch.__version__,
        Library.Path,
        Library.WithCuda,
        [.. Enumerable.Range(0, torch.cuda.device_count()).Select(static i => Of(new torch.Device(DeviceType.CUDA, i)))]);

    /// <summary>Refuses a device that is not there.</summary>
    /// <param name="device"><c>cpu</c>, or <c>cuda:N</c>.</param>
    /// <param name="key">Where it was asked for, for the error.</param>
    /// <exception cref="BadInputException">It is no name of a device, or the device is not there.</exception>
    public static void Require(string device, string key) => _ = Devices.Find(device, key);

    private static DeviceFound Of(torch.Device device)
    {
        (string name, long free, long total) = Library.Describe(device);
        return new(device.ToString(), name, total, free);
    }
}

/// <summary>The libtorch that this build runs with.</summary>
/// <param name="Through">What it is called through, in words.</param>
/// <param name="Version">Its version, for example <c>1.13.1</c>.</param>
/// <param name="Path">The file that its code was loaded from.</param>
/// <param name="WithCuda">Whether it has CUDA.</param>
/// <param name="Devices">Its devices besides the processor.</param>
public sealed record LibTorchFound(string Through, string Version, string Path, bool WithCuda, IReadOnlyList<DeviceFound> Devices);

/// <summary>A device.</summary>
/// <param name="Device">As settings name it, for example <c>cuda:0</c>.</param>
/// <param name="Name">As its maker names it.</param>
/// <param name="Bytes">Its memory; 0 where the library does not say.</param>
/// <param name="FreeBytes">Of which nothing holds this much now; 0 where the library does not say.</param>
public sealed record DeviceFound(string Device, string Name, long Bytes, long FreeBytes);
