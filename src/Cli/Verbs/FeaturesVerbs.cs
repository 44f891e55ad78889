using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline features</c>: feature sets and their shards.</summary>
internal static class FeaturesVerbs
{
    private static readonly Argument<string> Name = new("NAME") { Description = "A feature set of pipeline.yaml." };

    /// <summary>A set that is defined or built.</summary>
    public static readonly Argument<string> NameOrId = new("NAME") { Description = "A feature set of pipeline.yaml, or the id of a built one." };

    private static readonly Option<int> Recompute = new("--recompute")
    {
        Description = "Also makes so many rows, drawn at random, again from their recordings and compares them.",
        HelpName = "ROWS",
    };

    public static Command Create() => Verb.Group(
        "features",
        "Feature sets and their shards.",
        [
        Verb.Of("build", "Builds the shards of a feature set; one that is built already is left alone.", BuildAsync, Name),
        Verb.Of("list", "Lists the feature sets that are built.", ListAsync),
        Verb.Of("show", "Shows what a built feature set holds.", ShowAsync, NameOrId),
        Verb.Of("verify", "Reads every byte of a built feature set and compares it with what was written.", VerifyAsync, NameOrId, Recompute),
        FeaturesImportVerb.Create(),
        .. FeatureToolVerbs.Create(),
        ]);

    /// <summary>Plans a set and builds it; one that is built already is left alone.</summary>
    public static async Task<FeatureSetReport> BuildAsync(VerbContext context, FeatureSetDefinition definition, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        FeatureSetPlan plan = await PlanAsync(context, definition, cancellationToken);
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        FeatureSetManifest manifest = await FeatureSetManifest.FindAsync(blobs, plan, cancellationToken)
            ?? await FeatureSetBuild.RunAsync(blobs, plan, new BuildPrinter(context.Printer.Note, plan.EstimatedBytes), cancellationToken);
        return new(
            plan.Id,
            plan.ClipCount,
            manifest.Shards.Count,
            manifest.Bytes,
            Stopwatch.GetElapsedTime(started).TotalSeconds,
            Process.GetCurrentProcess().PeakWorkingSet64);
    }

    /// <summary>Says what was built.</summary>
    public static void Print(FeatureSetReport report, TextWriter writer) => writer.WriteLine(
        $"feature set {report.FeatureSet}: {Format.Count(report.Clips)} clips, {report.Shards} shards, {Format.Bytes(report.Bytes)}, "
        + $"{Format.Number(report.Seconds)} s, at most {Format.Bytes(report.PeakRssBytes)} of memory");

    private static async Task BuildAsync(VerbContext context, CancellationToken cancellationToken)
    {
        FeatureSetReport report = await BuildAsync(context, context.Workspace.Deployment.FeatureSet(context.Get(Name)), cancellationToken);
        context.Printer.Result(report, CliJson.Default.FeatureSetReport, writer => Print(report, writer));
    }

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        List<FeatureSetListing> sets = [];
        foreach (string key in await blobs.ListAsync(FeatureSetManifest.Folder, cancellationToken))
        {
            if (key.EndsWith("/manifest.json", StringComparison.Ordinal))
            {
                sets.Add(List(FeatureSetManifest.FromBytes((await blobs.TryGetAsync(key, cancellationToken))!)));
            }
        }

        context.Printer.Result(sets.ToArray(), CliJson.Default.FeatureSetListingArray, writer =>
        {
            TextTable table = new("feature set", "content", "front end", "classes", "rows", "shards", "size");
            foreach (FeatureSetListing s in sets)
            {
                table.Add(
                    s.FeatureSet.Value,
                    s.Content.ToString().ToLowerInvariant(),
                    s.FrontEnd ?? "any",
                    s.Classes.Count.ToString(CultureInfo.InvariantCulture),
                    Format.Count(s.Rows),
                    s.Shards.ToString(CultureInfo.InvariantCulture),
                    Format.Bytes(s.Bytes));
            }

            table.Write(writer);
        });
    }

    private static async Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        FeatureSetManifest manifest = await FindAsync(context, cancellationToken);
        context.Printer.Result(List(manifest), CliJson.Default.FeatureSetListing, writer =>
        {
            writer.WriteLine($"feature set {manifest.Id}");
            writer.WriteLine($"  content  {manifest.Content.ToString().ToLowerInvariant()} of shape {string.Join('x', manifest.Shape)} {manifest.RowFormat}, front end {manifest.FrontEnd ?? "any"}");
            writer.WriteLine($"  sound    {manifest.ClipSamples} samples a clip at {manifest.SampleRate} Hz");
            writer.WriteLine($"  classes  {string.Join(' ', manifest.Classes)}");
            writer.WriteLine($"  licence  {(manifest.Licences.Count > 0 ? string.Join("; ", manifest.Licences) : "not stated")}");
            writer.WriteLine($"  size     {Format.Count(manifest.Rows)} rows, {manifest.Shards.Count} shards, {Format.Bytes(manifest.Bytes)}");
            if (manifest.Extends is { } older)
            {
                writer.WriteLine($"  extends  {string.Join(' ', older)}: {manifest.OlderShards} of the shards lie there");
            }
        });
    }

    private static async Task VerifyAsync(VerbContext context, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        FeatureSetManifest manifest = await FindAsync(context, cancellationToken);
        using FeatureSet set = await FeatureSet.OpenAsync(
            await context.Workspace.OpenBlobsAsync(cancellationToken), FeatureSetManifest.BlobKey(manifest.Id), cancellationToken);
        await set.VerifyAsync(cancellationToken);
        int again = context.Get(Recompute);
        if (again > 0)
        {
            await RecomputeAsync(context, set, again, cancellationToken);
        }

        VerifyReport report = new(manifest.Id, manifest.Shards.Count, manifest.Rows, manifest.Bytes, Stopwatch.GetElapsedTime(started).TotalSeconds, again);
        context.Printer.Result(report, CliJson.Default.VerifyReport, writer => writer.WriteLine(
            $"feature set {report.FeatureSet}: all {Format.Bytes(report.Bytes)} of {report.Shards} shards are as written"
            + (again > 0 ? $"; {Format.Count(again)} rows made again from their recordings are the same" : "")));
    }

    private static async Task RecomputeAsync(VerbContext context, FeatureSet set, int rows, CancellationToken cancellationToken)
    {
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        byte[] plan = await blobs.TryGetAsync(FeatureSetPlan.BlobKeyOf(set.Manifest.Id), cancellationToken)
            ?? throw new PipelineException($"The plan of feature set {set.Manifest.Id} is gone, so its rows cannot be made again. Verify without --recompute, or build the set again.");
        await Task.Run(() => RowRecheck.Compare(set, FeatureSetPlan.FromBytes(plan), rows, seed: (ulong)Stopwatch.GetTimestamp(), cancellationToken), cancellationToken);
    }

    private static Task<FeatureSetPlan> PlanAsync(VerbContext context, FeatureSetDefinition definition, CancellationToken cancellationToken) =>
        FeatureSetPlanner.PlanAsync(definition, context.Workspace.DataFolder, context.Workspace.BuiltPlanAsync, new PlanPrinter(context.Printer.Note), cancellationToken);

    /// <summary>The manifest of the set that <see cref="NameOrId"/> names.</summary>
    /// <exception cref="BadInputException">It is not built.</exception>
    public static async Task<FeatureSetManifest> FindAsync(VerbContext context, CancellationToken cancellationToken)
    {
        string name = context.Get(NameOrId);
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        bool isId = FeatureSetId.IsId(name) && !context.Workspace.Deployment.FeatureSetNames.Contains(name);
        FeatureSetId id = isId ? new FeatureSetId(name) : (await PlanAsync(context, context.Workspace.Deployment.FeatureSet(name), cancellationToken)).Id;
        byte[] bytes = await blobs.TryGetAsync(FeatureSetManifest.BlobKey(id), cancellationToken)
            ?? throw new BadInputException($"The feature set '{name}' is not built. Build it with `pipeline features build NAME`, or submit a sweep that uses it.");
        return FeatureSetManifest.FromBytes(bytes);
    }

    private static FeatureSetListing List(FeatureSetManifest m) => new(m.Id, m.Content, m.RowFormat, m.Shape, m.FrontEnd, m.Rows, m.Shards.Count, m.Bytes, m.Classes, m.Licences, m.Extends ?? []);
}
