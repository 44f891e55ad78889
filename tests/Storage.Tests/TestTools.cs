namespace Pipeline.Storage.Tests;

/// <summary>What eng/test-tools.sh fetched, and skipping what it could not.</summary>
internal static class TestTools
{
    public static string Folder { get; } = Path.Combine(Root(), ".artifacts/npm");

    /// <summary>Ends the test as skipped where there is a reason.</summary>
    public static void SkipIf(string? reason)
    {
        if (reason is not null)
        {
            // xunit 2's runner takes a message that begins so for a skip.
            throw new InvalidOperationException("$XunitDynamicSkip$" + reason);
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
