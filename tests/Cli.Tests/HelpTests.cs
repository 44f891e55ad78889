using System.Text;

namespace Pipeline.Cli.Tests;

/// <summary>The help text of every verb, against Help.txt: the command line is a contract, so a change of it is seen in review.</summary>
public sealed class HelpTests
{
    private static readonly string[] Verbs =
    [
        "", "submit", "train", "status", "watch", "trials", "logs", "pause", "resume", "cancel", "retry", "jobs", "jobs list", "jobs show", "jobs requeue", "jobs run",
        "jobs delete", "jobs recurring", "workers", "clean", "data", "data list", "data fetch", "data synth", "data inspect", "features", "features build",
        "features list", "features show", "features verify", "features import", "features export", "features sql", "features gc", "models", "models list", "models show", "models measure", "predict", "runs", "runs list", "runs show",
        "runs stream", "runs compare", "registry", "registry list", "registry show", "registry alias", "registry promote", "registry rollback", "registry history",
        "registry serve", "edge", "edge targets", "edge build", "edge verify", "edge report", "edge stream", "fleet", "fleet list", "fleet show", "up", "worker", "tokens", "tokens create",
        "tokens list", "tokens revoke", "doctor",
        "config", "config check",
    ];

    [Fact]
    public void The_help_text_of_every_verb_is_the_one_in_Help_txt()
    {
        using Program program = new();
        StringBuilder found = new();
        foreach (string verb in Verbs)
        {
            Outcome outcome = program.Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.Equal(0, outcome.ExitCode);
            found.Append("=== pipeline ").Append(verb).Append('\n');
            found.AppendJoin('\n', outcome.Output.TrimEnd().Split('\n').Select(l => l.TrimEnd())).Append("\n\n");
        }

        string file = Path.Combine(SourceFolder(), "Help.txt");
        if (Environment.GetEnvironmentVariable("PIPELINE_UPDATE") is not null)
        {
            File.WriteAllText(file, found.ToString());
        }

        Assert.True(
            File.ReadAllText(file) == found.ToString(),
            $"The help text changed. See what changed with PIPELINE_UPDATE=1 ./test and git diff {file}.");
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
