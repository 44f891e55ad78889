namespace Pipeline.Edge.Targets;

/// <summary>How a target's programs start and are emulated.</summary>
public enum TargetKind
{
    /// <summary>No operating system: own startup code, a linker script with the board's memory, whole-system emulation.</summary>
    BareMetal,

    /// <summary>A static Linux program, emulated one process at a time.</summary>
    Linux,
}

/// <summary>A kind of board that models are built for.</summary>
public sealed record Target
{
    /// <summary>Its name, as sweep files and the command line write it.</summary>
    public required string Name { get; init; }

    /// <summary>What it stands for.</summary>
    public required string Doc { get; init; }

    /// <summary>How its programs start.</summary>
    public required TargetKind Kind { get; init; }

    /// <summary>Prefix of its compiler's programs, for example <c>arm-none-eabi-</c>.</summary>
    public required string Toolchain { get; init; }

    /// <summary>Debian packages that hold compiler and emulator.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Options that choose the processor and the optimisation.</summary>
    public required IReadOnlyList<string> CompilerOptions { get; init; }

    /// <summary>The emulator's program and options, without the program to run.</summary>
    public required IReadOnlyList<string> Emulator { get; init; }

    /// <summary>Bytes of flash, or of the file on Linux.</summary>
    public required long FlashBytes { get; init; }

    /// <summary>Bytes of RAM that the program may take.</summary>
    public required long RamBytes { get; init; }
}
