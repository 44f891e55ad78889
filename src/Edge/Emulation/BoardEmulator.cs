using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Targets;

namespace Pipeline.Edge.Emulation;

/// <summary>What a program made of a batch of clips.</summary>
/// <param name="Results">For each clip its quantised features, then its outputs, all one after the other.</param>
/// <param name="Instructions">Instructions executed in front end and model over all clips, exactly.</param>
internal sealed record BatchRun(byte[] Results, long Instructions);

/// <summary>Runs a target's harness under its emulator, one process a batch. Make one with <see cref="CreateAsync"/>, use it from any number of threads.</summary>
internal sealed class BoardEmulator : IDisposable
{
    private const string Clips = "clips.pcm";
    private const string Results = "results.bin";
    private const string Count = "count.txt";

    // Start-up and 2 s a clip: some fifty times what an emulated inference takes on an idle machine.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ClipLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ToolLimit = TimeSpan.FromMinutes(1);

    private readonly Target _target;
    private readonly TemporaryFolder _folder;
    private readonly string _harness;
    private readonly string _plugin;

    private BoardEmulator(Target target, TemporaryFolder folder, string harness, string plugin) =>
        (_target, _folder, _harness, _plugin) = (target, folder, harness, plugin);

    /// <summary>Prepares a harness: unpacks it, builds the counting plugin, finds where counting starts and stops.</summary>
    public static async Task<BoardEmulator> CreateAsync(Target target, ProgramFile harness, CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        try
        {
            await File.WriteAllBytesAsync(folder.File(harness.Name), harness.Bytes, cancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder.File(harness.Name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            await File.WriteAllTextAsync(folder.File("count_plugin.c"), EmbeddedSource.Read("count_plugin.c"), cancellationToken);
            await Command.RunAsync(
                "gcc", ["-O2", "-shared", "-fPIC", "-fvisibility=hidden", "count_plugin.c", "-o", "count.so"], folder.Path, ToolLimit, ["gcc"], cancellationToken);
            string symbols = await Command.RunAsync(
                target.Toolchain + "nm", [harness.Name], folder.Path, ToolLimit, target.Packages, cancellationToken);
            string plugin = $"{folder.File("count.so")},start={Address(symbols, "kws_features")},start={Address(symbols, "kws_infer")},stop={Address(symbols, "harness_mark")},out={Count}";
            return new BoardEmulator(target, folder, folder.File(harness.Name), plugin);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs the harness on clips.</summary>
    /// <param name="clips">Samples of one second each, one after the other.</param>
    /// <param name="count">The number of clips.</param>
    /// <param name="resultBytes">Bytes of results a clip.</param>
    /// <param name="cancellationToken">Stops the emulator.</param>
    /// <exception cref="PipelineException">The program faulted, took too long or left too few results.</exception>
    public async Task<BatchRun> RunAsync(short[] clips, int count, int resultBytes, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File(Clips), MemoryMarshal.AsBytes(clips.AsSpan()).ToArray(), cancellationToken);
        bool linux = _target.Kind == TargetKind.Linux;
        string[] arguments =
        [
            .. _target.Emulator.Skip(1),
            "-plugin", _plugin,
            .. linux ? (string[])[_harness, "--results", Results] : ["-kernel", _harness],
        ];
        await Command.RunAsync(
            _target.Emulator[0], arguments, folder.Path, StartLimit + (ClipLimit * count), _target.Packages, cancellationToken, linux ? folder.File(Clips) : null);
        byte[] results = await File.ReadAllBytesAsync(folder.File(Results), cancellationToken);
        if (results.Length != count * resultBytes)
        {
            throw new PipelineException(
                $"The program for '{_target.Name}' left {results.Length} bytes of results for {count} clips. Expected {count * resultBytes}: it stopped early.");
        }

        return new(results, long.Parse(await File.ReadAllTextAsync(folder.File(Count), cancellationToken), CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Where a function begins, from what nm prints: address, kind, name.</summary>
    private static string Address(string symbols, string function)
    {
        string line = symbols.Split('\n').FirstOrDefault(l => l.EndsWith($" {function}", StringComparison.Ordinal))
            ?? throw new CorruptDataException($"The program has no function '{function}'. Build the artifact again.");
        ulong address = ulong.Parse(line.AsSpan(0, line.IndexOf(' ')), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        // The lowest bit of a Thumb function's address says that it is Thumb.
        return $"0x{address & ~1UL:x}";
    }
}
