using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Orchestrator.Configuration;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline config</c>: checks the two YAML files.</summary>
internal static class ConfigVerbs
{
    private static readonly Argument<string[]> Sweeps = new("SWEEP") { Description = "Sweep files to check too.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => Verb.Group(
        "config",
        "The deployment's file.",
        Verb.Of("check", "Checks pipeline.yaml, and sweep files against it.", CheckAsync, Sweeps));

    private static Task CheckAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        string[] sweeps = context.Get(Sweeps);
        foreach (string sweep in sweeps)
        {
            SweepFile.Load(sweep, deployment, []);
        }

        string file = File.Exists(context.Workspace.File) ? context.Workspace.File : "built-in defaults";
        ConfigReport report = new(file, deployment.DataNames, deployment.FeatureSetNames, sweeps);
        context.Printer.Result(report, CliJson.Default.ConfigReport, writer =>
        {
            writer.WriteLine($"{file}: no problems");
            writer.WriteLine($"  data sets     {string.Join(", ", report.DataSets)}");
            writer.WriteLine($"  feature sets  {string.Join(", ", report.FeatureSets)}");
            foreach (string sweep in sweeps)
            {
                writer.WriteLine($"{sweep}: no problems");
            }
        });
        return Task.CompletedTask;
    }
}
