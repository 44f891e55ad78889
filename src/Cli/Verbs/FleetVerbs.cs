using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Fleets;
using Pipeline.Orchestrator.Promotions;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline fleet</c>: what fleets of boards are given to run.</summary>
internal static class FleetVerbs
{
    private static readonly Argument<string> Fleet = new("FLEET") { Description = "A fleet of pipeline.yaml." };

    public static Command Create() => Verb.Group(
        "fleet",
        "What fleets of boards are given to run.",
        Verb.Of("list", "Lists the fleets and what each runs.", ListAsync),
        Verb.Of("show", "Checks signature and bytes of what a fleet runs.", ShowAsync, Fleet));

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        List<FleetListing> fleets = [];
        foreach (FleetSpec fleet in context.Workspace.Deployment.Fleets)
        {
            fleets.Add(await ReadAsync(context, fleet, cancellationToken));
        }

        context.Printer.Result(fleets.ToArray(), CliJson.Default.FleetListingArray, writer => Write(writer, fleets));
    }

    private static async Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        FleetListing fleet = await ReadAsync(context, context.Workspace.Deployment.Fleet(context.Get(Fleet)), cancellationToken);
        foreach (FleetRelease release in fleet.Releases)
        {
            using ManifestSigner signer = ManifestSigner.Open(Promoter.KeyFile(context.Workspace.Deployment.StateFolder));
            await Store(context).CheckAsync(release, signer.PublicKey, cancellationToken);
        }

        context.Printer.Result(fleet, CliJson.Default.FleetListing, writer =>
        {
            Write(writer, [fleet]);
            writer.WriteLine(fleet.Releases.Count == 0 ? "nothing is published" : "every signature and every byte is as published");
        });
    }

    private static async Task<FleetListing> ReadAsync(VerbContext context, FleetSpec fleet, CancellationToken cancellationToken)
    {
        List<FleetRelease> releases = [];
        foreach (string target in context.Workspace.Deployment.Targets.Keys)
        {
            if (await Store(context).CurrentAsync(fleet.Name, target, cancellationToken) is { } release)
            {
                releases.Add(release);
            }
        }

        return new FleetListing(fleet.Name, fleet.Labels, releases);
    }

    private static FleetStore Store(VerbContext context) => Promoter.OpenFleets(context.Workspace.Deployment.StateFolder);

    private static void Write(TextWriter writer, IEnumerable<FleetListing> fleets)
    {
        TextTable table = new("fleet", "labels", "target", "model", "version");
        foreach (FleetListing fleet in fleets)
        {
            string labels = string.Join(' ', fleet.Labels.Select(l => $"{l.Key}={l.Value}"));
            foreach (FleetRelease? release in fleet.Releases.Cast<FleetRelease?>().DefaultIfEmpty())
            {
                table.Add(fleet.Name, labels, release?.Target ?? "-", release?.Model ?? "-", release?.Version.ToString() ?? "-");
            }
        }

        table.Write(writer);
    }
}
