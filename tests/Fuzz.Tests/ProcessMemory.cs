namespace Pipeline.Fuzz.Tests;

/// <summary>The memory of this process, native libraries' too, as Linux counts it (proc(5)).</summary>
internal static class ProcessMemory
{
    /// <summary>The most that was resident since <see cref="ResetPeak"/>, in bytes.</summary>
    public static long PeakBytes => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal))[6..].Replace("kB", "", StringComparison.Ordinal));

    /// <summary>Sets the peak to what is resident now; where the system does not allow that, peaks are counted from the highest one.</summary>
    public static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
