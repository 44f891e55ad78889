using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Cli.Verbs;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Submit;

/// <summary><c>submit --dry-run</c>: what a sweep would take.</summary>
internal static class DryRun
{
    public static async Task PrintAsync(VerbContext context, PreparedSweep sweep, int trialsAtOnce, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.CreateStateAsync(cancellationToken);
        SweepEstimate estimate = await SweepPreparation.EstimateAsync(sweep, state, trialsAtOnce, cancellationToken);
        context.Printer.Result(estimate, CliJson.Default.SweepEstimate, writer =>
        {
            string rate = estimate.ClipsPerSecond.ToString("N0", CultureInfo.InvariantCulture);
            writer.WriteLine($"{estimate.Sweep}: nothing was run.");
            writer.WriteLine($"  trials  {estimate.Trials}");
            writer.WriteLine($"  clips   {Format.Count(estimate.Clips)}, in shards of {Format.Bytes(estimate.Bytes)}");
            writer.WriteLine($"  time    about {Format.Duration(TimeSpan.FromHours(estimate.Hours))} with {trialsAtOnce} trials at once,");
            writer.WriteLine($"          at {rate} training clips/s for each, {(estimate.IsMeasured ? "measured by earlier trials of the model" : "guessed from the model's arithmetic")}");
        });
    }
}
