namespace Pipeline.FeatureStore.Tests;

/// <summary>A test that needs a program and says so where it is missing.</summary>
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string program)
    {
        Program = program;
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Skip = $"{program} is not installed.";
        }
    }

    public string Program { get; }
}
