using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>The devices by the names that settings have for them.</summary>
internal static class Devices
{
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

    private static string Lacking(int count) => (count, Library.WithCuda) switch
    {
        (> 0, _) => string.Create(CultureInfo.InvariantCulture, $"Found {count} {(count == 1 ? "device" : "devices")}. Expected cpu, or cuda:N with N below {count}."),
        (_, true) => $"Found libtorch {torch.__version__} with CUDA, but no device that it can use. Check the driver with nvidia-smi, or take cpu.",
        _ => $"Found libtorch {torch.__version__} without CUDA. Expected cpu; or {Library.HowToGetCuda}.",
    };
}
