using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Recurring;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline config</c>: checks the two YAML files.</summary>
internal static class ConfigVerbs
{
    private static readonly Argument<string[]> Sweeps = new("SWEEP") { Description = "Sweep files to check too.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => Verb.Group(
        "config",
        "The deployment's file.",
        Verb.Of("check", "Checks pipeline.yaml, and sweep files against it.", CheckAsync, Sweeps));

    /// <summary>Checks the sweeps that are submitted by the clock: better now than at night.</summary>
    /// <exception cref="BadInputException">One is not as expected; the message names the entry too.</exception>
    public static void CheckRecurring(Deployment deployment)
    {
        foreach (RecurringSpec entry in deployment.Recurring)
        {
            try
            {
                SweepFile.Load(deployment.PathOf(entry.Sweep), deployment, []);
            }
            catch (BadInputException e)
            {
                throw new BadInputException($"recurring.{entry.Name} submits '{entry.Sweep}', which cannot be run:\n{e.Message}", e);
            }
        }
    }

    private static Task CheckAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        string[] sweeps = context.Get(Sweeps);
        foreach (string sweep in sweeps)
        {
            SweepFile.Load(sweep, deployment, []);
        }

        CheckRecurring(deployment);

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
