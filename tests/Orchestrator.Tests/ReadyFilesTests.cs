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

    /// <summary>Every sweep as it stands and with each of its budgets.</summary>
    public static TheoryData<string, string> Sweeps
    {
        get
        {
            var sweeps = new TheoryData<string, string>();
            foreach (string file in Files)
            {
                sweeps.Add(file, "full");
                foreach (string budget in BudgetsOf(file))
                {
                    sweeps.Add(file, budget);
                }
            }

            return sweeps;
        }
    }

    private static IReadOnlyList<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "sweeps"), "*.yaml").Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string Root { get; } = FindRoot();

    [Theory]
    [MemberData(nameof(Sweeps))]
    public void Every_ready_sweep_reads_with_each_of_its_budgets(string name, string budget)
    {
        Deployment deployment = Deployment.Load(Path.Combine(Root, "pipeline.yaml"));
        try
        {
            Assert.NotEmpty(SweepFile.Load(Path.Combine(Root, "sweeps", name), deployment, [$"budget={budget}"]).Definition.Seeds);
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

    /// <summary>The sweeps of papers have a size that ends in minutes.</summary>
    [Theory]
    [InlineData("bc-resnet.yaml")]
    [InlineData("bc-resnet-ablation.yaml")]
    [InlineData("edge-rnn.yaml")]
    [InlineData("emotions-berlin.yaml")]
    [InlineData("kaggle-pi3.yaml")]
    [InlineData("mlperf-tiny-kws.yaml")]
    [InlineData("plb-ablation.yaml")]
    [InlineData("tinyml-ser.yaml")]
    public void The_sweeps_of_papers_have_a_small_budget(string name) => Assert.Contains("small", BudgetsOf(name));

    /// <summary>The keys under <c>budgets</c>, which come last in every file.</summary>
    private static IEnumerable<string> BudgetsOf(string name) =>
        File.ReadLines(Path.Combine(Root, "sweeps", name)).SkipWhile(static l => l != "budgets:").Skip(1).Select(static l => l.Split(':')[0].Trim());

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
