using Pipeline.Contracts;

namespace Pipeline.Edge.Targets;

/// <summary>Whether this machine has the compilers and emulators that targets need.</summary>
public static class Toolchain
{
    /// <summary>The programs of a target that are not on the path.</summary>
    public static IReadOnlyList<string> Missing(Target target)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);

        // The host's gcc compiles the emulator's counting plugin.
        string[] programs = [target.Toolchain + "gcc", target.Toolchain + "nm", target.Emulator[0], "gcc"];
        return [.. programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program))))];
    }

    /// <summary>Refuses targets that cannot be built and run here, before anything was started for them.</summary>
    /// <exception cref="PipelineException">Programs are missing; the message says how to get them.</exception>
    public static void Require(IEnumerable<Target> targets)
    {
        foreach (Target target in targets)
        {
            if (Missing(target) is { Count: > 0 } missing)
            {
                throw new PipelineException(
                    $"Target '{target.Name}' needs {string.Join(", ", missing)}, not found on the path. Install once with eng/edge-tools.sh, " +
                    $"or: apt-get install gcc {string.Join(' ', target.Packages)}");
            }
        }
    }
}
