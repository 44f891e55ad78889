using Pipeline.Contracts;

namespace Pipeline.Edge.Targets;

/// <summary>The targets that need no configuration.</summary>
public static class BuiltInTargets
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;

    /// <summary>A Cortex-M4F with the memory of an nRF52840 (Arduino Nano 33 BLE Sense), emulated as the MPS2 AN386 board.</summary>
    public static Target CortexM4 { get; } = new()
    {
        Name = "cortex-m4",
        Doc = "Cortex-M4F microcontroller with 1 MB of flash and 256 KB of RAM, as the nRF52840 of the Arduino Nano 33 BLE Sense.",
        Kind = TargetKind.BareMetal,
        Toolchain = "arm-none-eabi-",
        Packages = ["gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"],
        CompilerOptions = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-O2"],
        Emulator = ["qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config", "enable=on,target=native"],
        FlashBytes = MiB,
        RamBytes = 256 * KiB,
    };

    /// <summary>A Raspberry Pi 3, 4, 5 or Zero 2 with a 64-bit system.</summary>
    public static Target PiAarch64 { get; } = new()
    {
        Name = "pi-aarch64",
        Doc = "Raspberry Pi 3, 4, 5 or Zero 2 with a 64-bit system: one static program.",
        Kind = TargetKind.Linux,
        Toolchain = "aarch64-linux-gnu-",
        Packages = ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user"],
        CompilerOptions = ["-mcpu=cortex-a53", "-O3"],
        Emulator = ["qemu-aarch64", "-cpu", "cortex-a53"],
        FlashBytes = 5_000_000,
        RamBytes = 64 * MiB,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Target> All { get; } = [CortexM4, PiAarch64];

    /// <summary>The target of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static Target Get(string name) => All.FirstOrDefault(t => t.Name == name)
        ?? throw new BadInputException($"There is no target '{name}'. Expected one of {string.Join(", ", All.Select(t => t.Name))}.");

    /// <summary>The target that a deployment describes.</summary>
    /// <exception cref="BadInputException">It is like none that there is.</exception>
    public static Target Get(TargetSpec spec)
    {
        Target like = Get(spec.Like);
        return like with { Name = spec.Name, FlashBytes = spec.FlashBytes ?? like.FlashBytes, RamBytes = spec.RamBytes ?? like.RamBytes };
    }
}
