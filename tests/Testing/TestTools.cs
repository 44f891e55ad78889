namespace Pipeline.Testing;

/// <summary>What eng/test-tools.sh fetched, and skipping what it could not.</summary>
public static class TestTools
{
    internal const string SkipToken = "$skip$";

    /// <summary>The folder that eng/test-tools.sh fills.</summary>
    public static string Folder { get; } = Path.Combine(Root(), ".artifacts/npm");

    /// <summary>Ends the test as skipped where there is a reason; in assemblies that run under <see cref="SkippingTestFramework"/>.</summary>
    public static void SkipIf(string? reason)
    {
        if (reason is not null)
        {
            throw new InvalidOperationException(SkipToken + reason);
        }
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Pipeline.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No Pipeline.slnx above " + AppContext.BaseDirectory);
        }

        return folder;
    }
}
