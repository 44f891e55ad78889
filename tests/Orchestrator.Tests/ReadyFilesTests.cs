using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Configuration;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Holds the files that come with the project against the code that reads them.</summary>
public sealed class ReadyFilesTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Sweeps =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "sweeps"), "*.yaml").Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string Root { get; } = FindRoot();

    [Theory]
    [MemberData(nameof(Sweeps))]
    public void Every_ready_sweep_reads(string name)
    {
        Deployment deployment = Deployment.Load(Path.Combine(Root, "pipeline.yaml"));
        try
        {
            Assert.NotEmpty(SweepFile.Load(Path.Combine(Root, "sweeps", name), deployment, []).Definition.Seeds);
        }
        catch (BadInputException e) when (Environment.GetEnvironmentVariable("PIPELINE_DATA") is null && e.Message.Contains("PIPELINE_DATA", StringComparison.Ordinal))
        {
            // Where the recordings are not on the machine, that is all that may be said of the file.
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    /// <summary>After a change of the keys: PIPELINE_UPDATE=1 writes the schemas anew.</summary>
    [Fact]
    public void The_schemas_in_docs_are_those_of_the_code()
    {
        foreach ((string name, JsonObject schema) in new[] { ("sweep", JsonSchema.Sweep()), ("pipeline", JsonSchema.Deployment()) })
        {
            string file = Path.Combine(Root, "docs", "schemas", name + ".schema.json");
            string expected = schema.ToJsonString(Indented) + "\n";
            if (Environment.GetEnvironmentVariable("PIPELINE_UPDATE") == "1")
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, expected);
            }

            Assert.Equal(expected, File.ReadAllText(file));
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Pipeline.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside a checkout.");
    }
}
