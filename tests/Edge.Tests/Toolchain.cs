using Pipeline.Edge.Targets;
using Xunit.Abstractions;

namespace Pipeline.Edge.Tests;

/// <summary>Says which compilers and emulators this machine has.</summary>
internal static class Toolchain
{
    /// <summary>Whether a target's programs can be built and run here; where not, the test's output says that it skipped.</summary>
    public static bool IsInstalled(Target target, ITestOutputHelper output) => Has(output, target.Toolchain + "gcc", target.Emulator[0], "gcc");

    public static bool Has(ITestOutputHelper output, params string[] programs)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string[] missing = [.. programs.Where(p => !folders.Any(f => File.Exists(Path.Combine(f, p))))];
        if (missing.Length > 0)
        {
            output.WriteLine($"SKIPPED: needs {string.Join(", ", missing)} on the path.");
        }

        return missing.Length == 0;
    }
}
