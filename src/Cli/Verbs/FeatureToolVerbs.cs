using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.FeatureStore.Shards;
using Pipeline.FeatureStore.Sql;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline features export|sql|gc</c>: what is done with built feature sets beside training.</summary>
internal static class FeatureToolVerbs
{
    private static readonly Option<string> To = new("--to") { Description = "A folder for features.npy, index.tsv and set.json.", HelpName = "FOLDER", Required = true };

    private static readonly Argument<string> Sql = new("SQL") { Description = "A query over the table `features`: tensor, clip, label, word, speaker, split, copy, length." };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Deletes them; without it they are only listed." };

    public static IEnumerable<Command> Create() =>
    [
        Verb.Of("export", "Writes a built feature set as NumPy and TSV, for Python and others.", ExportAsync, FeaturesVerbs.NameOrId, To),
        Verb.Of("sql", "Asks a built feature set in SQL, where DuckDB's library is installed.", SqlAsync, FeaturesVerbs.NameOrId, Sql),
        Verb.Of("gc", "Lists shards that no manifest and no sweep under way names, and deletes them with --yes. Not while features build runs.", GcAsync, Yes),
    ];

    private static async Task ExportAsync(VerbContext context, CancellationToken cancellationToken)
    {
        FeatureSetManifest manifest = await FeaturesVerbs.FindAsync(context, cancellationToken);
        using FeatureSet set = await FeatureSet.OpenAsync(
            await context.Workspace.OpenBlobsAsync(cancellationToken), FeatureSetManifest.BlobKey(manifest.Id), cancellationToken);
        string folder = Path.GetFullPath(context.Get(To)!);
        ExportReport report = new(manifest.Id, folder, await FeatureSetExport.WriteAsync(set, folder, cancellationToken));
        context.Printer.Result(report, CliJson.Default.ExportReport, writer => writer.WriteLine($"feature set {report.FeatureSet}: {Format.Count(report.Rows)} rows in {folder}"));
    }

    private static async Task SqlAsync(VerbContext context, CancellationToken cancellationToken)
    {
        FeatureSetManifest manifest = await FeaturesVerbs.FindAsync(context, cancellationToken);
        QueryResult result = await FeatureSetSql.QueryAsync(
            await context.Workspace.OpenBlobsAsync(cancellationToken), manifest, context.Get(Sql), cancellationToken);
        context.Printer.Result(result, CliJson.Default.QueryResult, writer =>
        {
            TextTable table = new([.. result.Columns]);
            foreach (IReadOnlyList<string?> row in result.Rows)
            {
                table.Add([.. row.Select(static cell => cell ?? "-")]);
            }

            table.Write(writer);
        });
    }

    private static async Task GcAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        bool yes = context.Get(Yes);

        // An orchestrator on this folder may be building what looks left behind.
        using FolderLock? folderLock = yes && !deployment.IsShared && Directory.Exists(deployment.StateFolder) ? FolderLock.Take(deployment.StateFolder) : null;
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        await using StateDatabase? state = context.Workspace.HasState ? await context.Workspace.OpenStateAsync(cancellationToken) : null;
        IReadOnlyList<string> garbage = await FeatureGarbage.FindAsync(blobs, state, cancellationToken);
        foreach (string key in yes ? garbage : [])
        {
            await blobs.DeleteAsync(key, cancellationToken);
        }

        GarbageReport report = new(garbage, yes);
        context.Printer.Result(report, CliJson.Default.GarbageReport, writer =>
        {
            foreach (string key in garbage)
            {
                writer.WriteLine(key);
            }

            writer.WriteLine(garbage.Count == 0 ? "There is nothing to delete." : yes ? $"Deleted {garbage.Count} files." : $"{garbage.Count} files that nothing names. Delete them with --yes.");
        });
    }
}
