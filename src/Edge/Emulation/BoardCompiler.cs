using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Targets;

namespace Pipeline.Edge.Emulation;

/// <summary>Programs built for a target.</summary>
/// <param name="Harness">The program that runs the model on a file of clips: its file name and bytes.</param>
/// <param name="Deliverable">The program that a board gets, which on Linux is the same.</param>
/// <param name="FlashBytes">Bytes of flash that the deliverable takes, or of its file on Linux.</param>
/// <param name="RamBytes">Bytes of RAM: data, arena, one second of sound and, on bare metal, the stack.</param>
public sealed record BoardPrograms(ProgramFile Harness, ProgramFile Deliverable, long FlashBytes, long RamBytes);

/// <summary>A program: its file name and bytes.</summary>
public sealed record ProgramFile(string Name, byte[] Bytes);

/// <summary>Compiles generated code for a target with its cross compiler. Equal sources and compiler give equal bytes.</summary>
internal sealed class BoardCompiler(Target target)
{
    /// <summary>Stack of a bare-metal program. The deepest call takes about 500 bytes; running out of it faults under emulation.</summary>
    private const int StackBytes = 2_048;

    private const int SoundBytes = CodeGenerator.Samples * sizeof(short);

    private static readonly TimeSpan CompileLimit = TimeSpan.FromMinutes(2);

    // No fused multiply-adds: the front end's bits depend on it.
    private static readonly string[] CommonOptions =
        ["-std=gnu99", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--build-id=none"];

    /// <summary>Builds the programs.</summary>
    /// <exception cref="BadInputException">They do not fit into the target's memory.</exception>
    public async Task<BoardPrograms> CompileAsync(GeneratedCode code, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        foreach (SourceFile file in code.Files)
        {
            await File.WriteAllTextAsync(folder.File(file.Name), file.Text, cancellationToken);
        }

        string[] model = [.. code.Files.Select(f => f.Name).Where(n => n.EndsWith(".c", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return target.Kind == TargetKind.Linux
            ? await CompileLinuxAsync(code, folder, model, cancellationToken)
            : await CompileBareAsync(code, folder, model, cancellationToken);
    }

    private async Task<BoardPrograms> CompileLinuxAsync(GeneratedCode code, TemporaryFolder folder, string[] model, CancellationToken cancellationToken)
    {
        ProgramFile program = await LinkAsync(folder, "kws", ["program_linux.c"], [.. model, "-static"], cancellationToken);
        (_, long ram) = await SizesAsync(folder, "kws", cancellationToken);
        if (program.Bytes.Length > target.FlashBytes)
        {
            throw TooMuchFlash(code);
        }

        return ram <= target.RamBytes ? new(program, program, program.Bytes.Length, ram) : throw TooMuchRam(code);
    }

    private async Task<BoardPrograms> CompileBareAsync(GeneratedCode code, TemporaryFolder folder, string[] model, CancellationToken cancellationToken)
    {
        if (code.ArenaBytes + SoundBytes + StackBytes > target.RamBytes)
        {
            throw TooMuchRam(code);
        }

        string layout = EmbeddedSource.Read("board.ld")
            .Replace("@FLASH@", Invariant(target.FlashBytes), StringComparison.Ordinal)
            .Replace("@RAM@", Invariant(target.RamBytes), StringComparison.Ordinal)
            .Replace("@STACK@", Invariant(StackBytes), StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("board.ld"), layout, cancellationToken);
        string[] bare = [.. model, "-nostartfiles", "--specs=nano.specs", "-T", "board.ld"];
        try
        {
            ProgramFile firmware = await LinkAsync(folder, "firmware.elf", ["startup.c", "firmware.c"], bare, cancellationToken);
            ProgramFile harness = await LinkAsync(folder, "harness.elf", ["startup.c", "harness_bare.c"], bare, cancellationToken);
            (long flash, long ram) = await SizesAsync(folder, "firmware.elf", cancellationToken);
            return new(harness, firmware, flash, ram);
        }
        catch (PipelineException e) when (e.Message.Contains("region `FLASH' overflowed by", StringComparison.Ordinal))
        {
            throw TooMuchFlash(code);
        }
        catch (PipelineException e) when (e.Message.Contains("region `RAM' overflowed by", StringComparison.Ordinal))
        {
            throw TooMuchRam(code);
        }
    }

    private BadInputException TooMuchRam(GeneratedCode code) => new(
        $"Layer '{code.WidestLayer}' needs too much memory: the model takes {code.ArenaBytes} bytes of RAM for activations and {SoundBytes} for a second of sound, "
        + $"and target '{target.Name}' has {target.RamBytes}. Choose a narrower model (for bc-resnet a smaller tau), or a target with more RAM.");

    private BadInputException TooMuchFlash(GeneratedCode code) => new(
        $"The program needs more than the {target.FlashBytes} bytes of flash of target '{target.Name}'; layer '{code.HeaviestLayer}' alone has {code.HeaviestBytes} bytes of constants. "
        + "Choose a narrower model (for bc-resnet a smaller tau), or a target with more flash.");

    private async Task<ProgramFile> LinkAsync(TemporaryFolder folder, string output, string[] own, string[] arguments, CancellationToken cancellationToken)
    {
        foreach (string file in own)
        {
            await File.WriteAllTextAsync(folder.File(file), EmbeddedSource.Read(file), cancellationToken);
        }

        await RunAsync("gcc", [.. target.CompilerOptions, .. CommonOptions, .. own, .. arguments, "-o", output], folder, cancellationToken);
        return new(output, await File.ReadAllBytesAsync(folder.File(output), cancellationToken));
    }

    /// <summary>Bytes kept in flash (code, constants, initial data) and in RAM (data, zeroed memory, stack).</summary>
    private async Task<(long Flash, long Ram)> SizesAsync(TemporaryFolder folder, string program, CancellationToken cancellationToken)
    {
        string table = await RunAsync("size", [program], folder, cancellationToken);
        long[] sizes = [.. table.Split('\n')[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(3).Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
        return (sizes[0] + sizes[1], sizes[1] + sizes[2]);
    }

    private Task<string> RunAsync(string tool, string[] arguments, TemporaryFolder folder, CancellationToken cancellationToken) =>
        Command.RunAsync(target.Toolchain + tool, arguments, folder.Path, CompileLimit, target.Packages, cancellationToken);

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}
