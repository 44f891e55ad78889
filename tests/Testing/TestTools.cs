namespace Pipeline.Testing;

/// <summary>What eng/test-tools.sh fetched, and skipping what it could not.</summary>
public static class TestTools
{
    internal const string SkipToken = "$skip$";

    /// <summary>The folder that eng/test-tools.sh fills.</summary>
    public static string Folder { get; } = Path.Combine(FindRoot(), ".artifacts/npm");

    /// <summary>Ends the test as skipped where there is a reason; in assemblies that run under <see cref="SkippingTestFramework"/>.</summary>
    public static void SkipIf(string? reason)
    {
        if (reason is not null)
        {
            throw new InvalidOperationException(SkipToken + reason);
        }
    }

    /// <summary>The checkout that the tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Ends the test as skipped where programs that it needs are not on the path.</summary>
    public static void Need(params string[] programs)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string[] missing = [.. programs.Where(p => !folders.Any(f => File.Exists(Path.Combine(f, p))))];
        SkipIf(missing.Length == 0 ? null : $"needs {string.Join(", ", missing)} on the path");
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Pipeline.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No Pipeline.slnx above " + AppContext.BaseDirectory);
        }

        return folder;
    }
}
