using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline registry promote|rollback</c>: versions that pass the gates get an alias and go to a fleet, and back.</summary>
internal static class PromotionVerbs
{
    private static readonly Argument<string> Model = ModelReference.Argument();

    private static readonly Argument<string> AliasOf = ModelReference.Checked(new Argument<string>("MODEL") { Description = "A registered model and its alias: NAME@ALIAS." });

    private static readonly Option<string> To = new("--to") { Description = "The alias it gets, for example champion.", HelpName = "ALIAS", Required = true };

    private static readonly Option<string?> Fleet = new("--fleet") { Description = "A fleet of pipeline.yaml that gets its artifacts.", HelpName = "FLEET" };

    private static readonly Option<string[]> AllowLicence = new("--allow-licence")
    {
        Description = "A data set whose non-commercial licence does not stop this; may be given again. Stands in the history.",
        HelpName = "DATA",
    };

    private static readonly Option<string> Reason = new("--reason")
    {
        Description = "Why, for the history.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "by hand",
    };

    public static IEnumerable<Command> Create() =>
    [
        Verb.Of("promote", "Gives a version an alias, and its artifacts to a fleet, where every gate of pipeline.yaml holds.", PromoteAsync, Model, To, Fleet, AllowLicence, Reason),
        Verb.Of("rollback", "Takes the last promotion back: alias and fleets get what was before.", RollBackAsync, AliasOf, Reason),
    ];

    private static async Task PromoteAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        FleetSpec? fleet = context.Get(Fleet) is { } name ? deployment.Fleet(name) : null;
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelVersion version = await ModelReference.FindAsync(state, context.Get(Model), cancellationToken);
        Promoter promoter = await OpenAsync(context, state, cancellationToken);
        PromotionOutcome outcome = await promoter.PromoteAsync(
            new PromotionRequest
            {
                Model = version.Name,
                Version = version.Version,
                Promote = new PromoteSpec(context.Get(To)!, fleet?.Name) { AllowLicences = context.Get(AllowLicence) },
                Targets = fleet?.Targets ?? await promoter.BuiltForAsync(version.Name, version.Version, cancellationToken),
                Gates = deployment.Gates(version.Name),
                User = Environment.UserName,
                Reason = context.Get(Reason)!,
            },
            cancellationToken);
        Print(context, outcome);
    }

    private static async Task RollBackAsync(VerbContext context, CancellationToken cancellationToken)
    {
        (string model, string alias) = ModelReference.Parse(context.Get(AliasOf));
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        Promoter promoter = await OpenAsync(context, state, cancellationToken);
        Print(context, await promoter.RollBackAsync(model, alias, Environment.UserName, context.Get(Reason)!, cancellationToken));
    }

    private static async Task<Promoter> OpenAsync(VerbContext context, StateDatabase state, CancellationToken cancellationToken) => Promoter.Open(
        state, await context.Workspace.OpenBlobsAsync(cancellationToken), context.Workspace.Deployment.StateFolder, TimeProvider.System);

    private static void Print(VerbContext context, PromotionOutcome outcome) =>
        context.Printer.Result(outcome, CliJson.Default.PromotionOutcome, writer =>
        {
            string before = outcome.From is { } from && from != outcome.Version ? $", before version {from}" : "";
            writer.WriteLine(outcome.Version is { } version
                ? $"{outcome.Model}@{outcome.Alias} is version {version}{before}"
                : $"{outcome.Model}@{outcome.Alias} is taken away{before}: there was none before it");
            foreach (string fleet in outcome.Fleets)
            {
                writer.WriteLine(outcome.Version is null ? $"fleet {fleet} has no release" : $"published to fleet {fleet}");
            }

            if (outcome.Artifacts.Count > 0)
            {
                ArtifactTables.Write(writer, outcome.Artifacts);
            }
        });
}
