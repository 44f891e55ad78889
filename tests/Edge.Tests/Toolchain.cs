using Pipeline.Edge.Targets;

namespace Pipeline.Edge.Tests;

/// <summary>Says which compilers and emulators this machine has.</summary>
internal static class Toolchain
{
    /// <summary>Ends the test as skipped where a target's programs cannot be built and run here.</summary>
    public static void Need(Target target) => TestTools.Need(target.Toolchain + "gcc", target.Emulator[0], "gcc");
}
