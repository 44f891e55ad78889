using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Cli.Submit;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline edge</c>: model versions as programs for boards.</summary>
internal static class EdgeVerbs
{
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(1);

    private static readonly Argument<string> Model = ModelReference.Argument();

    private static readonly Argument<string?> OptionalModel = ModelReference.Checked(new Argument<string?>("MODEL")
    {
        Description = "A registered model: NAME@ALIAS or NAME@VERSION; all builds where it is left out.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static readonly Option<string[]> Targets = new("--target")
    {
        Description = "A target; may be given several times.",
        HelpName = "TARGET",
    };

    public static Command Create() => Verb.Group(
        "edge",
        "Model versions as programs for boards.",
        Verb.Of("targets", "Lists the boards that models are built for.", TargetsAsync),
        Verb.Of("build", "Quantises a model version, builds it for targets and runs it there, emulated; what is built already is left alone.", BuildAsync, Model, Targets),
        Verb.Of("verify", "Compares every byte of artifacts with what was built, and runs them again on every test recording.", VerifyAsync, Model, Targets),
        Verb.Of("report", "Shows what was measured on artifacts.", ReportAsync, OptionalModel),
        EdgeStreamVerb.Create());

    private static Task TargetsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        TargetReport[] targets = [.. context.Workspace.Deployment.Targets.Values.Select(spec =>
        {
            Target t = BuiltInTargets.Get(spec);
            return new TargetReport(t.Name, spec.Like, t.FlashBytes, t.RamBytes, t.Doc, Toolchain.Missing(t));
        })];
        context.Printer.Result(targets, CliJson.Default.TargetReportArray, writer =>
        {
            TextTable table = new("target", "flash", "RAM", "tools", "what it is");
            foreach (TargetReport t in targets)
            {
                string tools = t.MissingPrograms.Count == 0 ? "found" : "missing " + string.Join(' ', t.MissingPrograms);
                table.Add(t.Name, Format.Bytes(t.FlashBytes), Format.Bytes(t.RamBytes), tools, t.Description);
            }

            table.Write(writer);
        });
        return Task.CompletedTask;
    }

    private static async Task<int> BuildAsync(VerbContext context, CancellationToken cancellationToken)
    {
        TargetSpec[] targets = [.. (context.Get(Targets) ?? []).Select(context.Workspace.Deployment.Target).Distinct()];
        if (targets.Length == 0)
        {
            throw new BadInputException($"--target is missing. Expected one or more of {string.Join(", ", context.Workspace.Deployment.Targets.Keys)}.");
        }

        Toolchain.Require(targets.Select(BuiltInTargets.Get));
        ModelVersion version = await context.Workspace.FindModelAsync(context.Get(Model), cancellationToken);
        await using LocalHost local = await LocalHost.StartAsync(context.Workspace, cancellationToken);
        await local.Host.BuildAsync(version, targets, cancellationToken);
        Task<IReadOnlyList<BuildRow>> end = local.Host.WaitForBuildsAsync(version, targets, cancellationToken);
        IReadOnlyList<BuildRow> rows = end.IsCompletedSuccessfully ? await end : await LocalRun.ToEndAsync(
            local.Host, new WorkerSet(targets.Length), context, context.Printer.Note, end, work => ShowAsync(context, local.Host.State, version, targets, work), cancellationToken);
        ArtifactReport[] artifacts = [.. rows.Select(r => r.Report).OfType<ArtifactReport>()];
        context.Printer.Result(artifacts, CliJson.Default.ArtifactReportArray, writer => ArtifactTables.Write(writer, artifacts));
        foreach (BuildRow failed in rows.Where(r => r.State != TaskState.Succeeded))
        {
            Console.Error.WriteLine($"pipeline: {failed.Model} version {failed.Version} could not be built for '{failed.Target.Name}': {failed.Failure}");
        }

        return rows.All(r => r.State == TaskState.Succeeded) ? 0 : 1;
    }

    private static async Task<T> ShowAsync<T>(VerbContext context, StateDatabase state, ModelVersion version, TargetSpec[] targets, Task<T> work)
    {
        BuildQueries queries = new(state);
        string last = "";
        while (!work.IsCompleted)
        {
            IReadOnlyList<BuildRow> rows = await queries.OfAsync(version.Name, version.Version, targets.Select(t => t.Name), CancellationToken.None);
            string line = string.Join(", ", rows.Select(ProgressText.Build));
            if (line != last)
            {
                context.Printer.Note(last = line);
            }

            await Task.WhenAny(work, Task.Delay(NoteEvery, TimeProvider.System));
        }

        return await work;
    }

    private static async Task<int> VerifyAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelVersion version = await ModelReference.FindAsync(state, context.Get(Model), cancellationToken);
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        Promoter promoter = Promoter.Open(state, blobs, context.Workspace.Deployment.StateFolder, TimeProvider.System);
        IReadOnlyList<string> targets = context.Get(Targets) is { Length: > 0 } given ? given : await promoter.BuiltForAsync(version.Name, version.Version, cancellationToken);
        if (targets.Count == 0)
        {
            throw new BadInputException($"Version {version.Version} of '{version.Name}' is built for no target. Build it first: pipeline edge build {context.Get(Model)} --target TARGET");
        }

        string planKey = FeatureSetPlan.BlobKeyOf(version.Trained.FeatureSet);
        FeatureSetPlan plan = FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(planKey, cancellationToken) ?? throw new CorruptDataException($"The plan '{planKey}' is gone, which names the test recordings."));
        List<ArtifactReport> found = [];
        List<string> differences = [];
        foreach (string name in targets)
        {
            ArtifactReport built = await promoter.CheckAsync(version.Name, version.Version, name, cancellationToken);
            Target target = BuiltInTargets.Get(context.Workspace.Deployment.Target(name));
            ArtifactReport run = await new ArtifactVerifier(blobs).VerifyAsync(
                built.Path, target, FeatureSetClips.Verification(plan), new ClipNotes(context.Printer, name, FeatureSetClips.Count(plan)), cancellationToken);
            found.Add(run);
            if (run != built || run.Mismatches > 0)
            {
                differences.Add($"{name}: {run.Mismatches} of {run.Clips} recordings differ{(run.FirstMismatch is { } first ? $", the first is {first}" : "")}; measured {run}, built with {built}");
            }
        }

        context.Printer.Result(found.ToArray(), CliJson.Default.ArtifactReportArray, writer => ArtifactTables.Write(writer, found));
        foreach (string difference in differences)
        {
            Console.Error.WriteLine("pipeline: " + difference);
        }

        return differences.Count == 0 ? 0 : 1;
    }

    private static async Task ReportAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelVersion? version = context.Arguments.GetValue(OptionalModel) is { } text ? await ModelReference.FindAsync(state, text, cancellationToken) : null;
        BuildReport[] builds = [.. (await new BuildQueries(state).ListAsync(cancellationToken))
            .Where(b => version is null || (b.Model == version.Name && b.Version == version.Version)).Select(BuildReport.Of)];
        context.Printer.Result(builds, CliJson.Default.BuildReportArray, writer =>
        {
            foreach (IGrouping<(string Model, long Version), BuildReport> group in builds.GroupBy(b => (b.Model, b.Version)))
            {
                writer.WriteLine($"{group.Key.Model} version {group.Key.Version}");
                ArtifactTables.Write(writer, group.Select(b => b.Artifact).OfType<ArtifactReport>());
                foreach (BuildReport other in group.Where(b => b.State != TaskState.Succeeded))
                {
                    writer.WriteLine($"{other.Target}: {other.State.ToString().ToLowerInvariant()} {other.Failure}".TrimEnd());
                }

                writer.WriteLine();
            }
        });
    }


    /// <summary>Prints how many recordings were run, on the thread that reports.</summary>
    private sealed class ClipNotes(Printer printer, string target, int clips) : IProgress<int>
    {
        public void Report(int value) => printer.Note($"{target}: {value} of {clips} recordings run");
    }
}
