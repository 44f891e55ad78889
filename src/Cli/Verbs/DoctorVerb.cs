using System.CommandLine;
using System.Runtime.InteropServices;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Storage.State;
using Pipeline.Workers;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline doctor</c>: what this machine has and what it lacks.</summary>
internal static class DoctorVerb
{
    /// <summary>Free bytes below which a first sweep may not fit: the quickstart's data, features and checkpoints take less.</summary>
    private const long WantedDiskBytes = 2_000_000_000;

    public static Command Create() => Verb.Of("doctor", "Checks that this machine has what pipeline needs.", RunAsync);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Check[] checks =
        [
            new(".NET", true, true, RuntimeInformation.FrameworkDescription, null),
            new("processor", true, true, $"{Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}", null),
            Memory(),
            Disk(context.Workspace.Deployment.StateFolder),
            await StateAsync(context.Workspace, cancellationToken),
            Torch(),
            Library("libsndfile", "libsndfile.so.1", "reads FLAC, OGG and MP3", "apt-get install libsndfile1"),
            Program("espeak-ng", "makes synthetic data sets", "apt-get install espeak-ng"),
            Recordings(),
        ];
        context.Printer.Result(checks, CliJson.Default.CheckArray, writer =>
        {
            foreach (Check check in checks)
            {
                writer.WriteLine($"{(check.Ok ? "ok  " : check.Required ? "FAIL" : "note")}  {check.Name}: {check.Found}");
                if (check.Advice is not null)
                {
                    writer.WriteLine($"      {check.Advice}");
                }
            }
        });
        return checks.Any(c => c is { Ok: false, Required: true }) ? 1 : 0;
    }

    private static Check Memory()
    {
        long bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new("memory", true, true, Format.Bytes(bytes), null);
    }

    private static Check Disk(string folder)
    {
        string existing = folder;
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing)!;
        }

        long free = new DriveInfo(existing).AvailableFreeSpace;
        bool enough = free >= WantedDiskBytes;
        return new(
            "disk", enough, false, $"{Format.Bytes(free)} free for {folder}",
            enough ? null : $"A sweep may need {Format.Bytes(WantedDiskBytes)} or more. Free some space, or use another folder with --config.");
    }

    private static async Task<Check> StateAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        string? postgres = workspace.Deployment.Postgres();
        if (!workspace.HasState)
        {
            return new("state", true, true, $"none yet in {workspace.Deployment.StateFolder}", null);
        }

        await using StateDatabase state = await workspace.OpenStateAsync(cancellationToken);
        string? version = await state.ReadAsync(t => t.QuerySingleOrDefaultAsync<string>(postgres is null ? "SELECT 'SQLite ' || sqlite_version()" : "SELECT version()"), cancellationToken);
        return new("state", true, true, postgres is null ? $"{workspace.StateFile}, {version}" : $"{version}", null);
    }

    private static Check Torch()
    {
        try
        {
            LibTorchFound found = LibTorch.Describe();
            string devices = found.Devices.Count == 0
                ? "no device besides the processor"
                : string.Join("; ", found.Devices.Select(static d => d.Bytes == 0 ? d.Device : $"{d.Device} {d.Name}, {Format.Bytes(d.Bytes)} of which {Format.Bytes(d.FreeBytes)} free"));
            return new("libtorch", true, true, $"{found.Version} {(found.WithCuda ? "with" : "without")} CUDA, through {found.Through}, {found.Path}; {devices}", found switch
            {
                { WithCuda: true, Devices.Count: 0 } => "It has CUDA, but finds no device: check the driver with nvidia-smi. Trials run on the processor.",
                _ => null,
            });
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or PipelineException)
        {
            return new("libtorch", false, true, "the native library cannot be loaded", e.GetBaseException().Message);
        }
    }

    private static Check Library(string name, string file, string use, string fix)
    {
        bool found = NativeLibrary.TryLoad(file, out nint handle);
        if (found)
        {
            NativeLibrary.Free(handle);
        }

        return new(name, found, false, found ? $"found; {use}" : "not found", found ? null : $"It {use}: {fix}");
    }

    private static Check Program(string name, string use, string fix)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));
        return new(name, found, false, found ? $"found; {use}" : "not found", found ? null : $"It {use}: {fix}");
    }

    private static Check Recordings()
    {
        string? folder = Environment.GetEnvironmentVariable("PIPELINE_DATA");
        bool found = folder is not null && Directory.Exists(folder);
        return new(
            "PIPELINE_DATA", found, false, folder is null ? "not set" : found ? folder : $"'{folder}' is not a folder",
            found ? null : "Sweeps on real recordings find them by this variable; the quickstart makes its own data.");
    }
}
