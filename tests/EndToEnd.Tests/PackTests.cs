using System.Diagnostics;
using System.Security.Cryptography;

namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// What eng/pack-device.sh packs runs where there is no .NET: unpacked elsewhere, with the native library built there against the PyTorch of python3. Compiles
/// the native library anew, which takes minutes: only in <c>./test gpu</c>.
/// </summary>
[Trait("Category", "gpu")]
public sealed class PackTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [Fact]
    public void A_pack_trains_on_a_machine_without_dotnet()
    {
        TestTools.SkipIf(Environment.GetEnvironmentVariable("PIPELINE_PACK") == "whole" ? null : "compiles the native library anew: ./test gpu");
        using Workspace workspace = new();
        using TemporaryFolder there = new();
        string pack = Path.Combine(there.Path, "pack.tar.xz");
        Bash(TestTools.Root, Environment.GetEnvironmentVariable("PATH")!, $"eng/pack-device.sh '{pack}' '{workspace.Folder}'");
        Assert.InRange(new FileInfo(pack).Length, 1, 64_000_000);

        // All programs of this machine but .NET's.
        string programs = Path.Combine(there.Path, "programs");
        Bash(there.Path, Environment.GetEnvironmentVariable("PATH")!, $"mkdir '{programs}' && ln -s /usr/bin/* '{programs}' && rm -f '{programs}/dotnet'");
        Bash(there.Path, programs, "! command -v dotnet && python3 -m tarfile -e pack.tar.xz && cd pipeline-device/work && ../pipeline doctor && ../pipeline submit sweep.yaml --json > result.json");
        Assert.Contains("\"state\": \"succeeded\"", File.ReadAllText(Path.Combine(there.Path, "pipeline-device", "work", "result.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pack_over_the_limit_is_refused_saying_what_takes_the_room()
    {
        TestTools.SkipIf(Environment.GetEnvironmentVariable("PIPELINE_PACK") == "whole" ? null : "packs the run-time twice: ./test gpu");
        using Workspace workspace = new();
        using TemporaryFolder there = new();
        byte[] noise = new byte[64_000_000];
        RandomNumberGenerator.Fill(noise);
        File.WriteAllBytes(workspace.PathOf("large.bin"), noise);
        string error = Bash(TestTools.Root, Environment.GetEnvironmentVariable("PATH")!, $"! eng/pack-device.sh '{there.Path}/pack.tar.xz' '{workspace.Folder}'");
        Assert.Contains("Expected at most 64000000", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(there.Path, "pack.tar.xz")));
    }

    /// <summary>Runs a script that must succeed; gives what it said.</summary>
    private static string Bash(string folder, string path, string script)
    {
        ProcessStartInfo start = new("/bin/bash", ["-ec", script]) { WorkingDirectory = folder, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PATH"] = path;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(Limit), "the script takes too long");
        Assert.True(process.ExitCode == 0, $"exit {process.ExitCode} of {script}\n{error.Result}");
        return error.Result;
    }
}
