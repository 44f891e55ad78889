using System.CommandLine;
using System.Diagnostics;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Orchestrator.Configuration;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline data</c>: data sets.</summary>
internal static class DataVerbs
{
    private static readonly SynthData Defaults = new();

    /// <summary>Duplicates shown to people; the JSON document has all.</summary>
    private const int DuplicatesShown = 5;

    private static readonly Argument<string> Name = new("NAME") { Description = "A data set of pipeline.yaml." };

    private static readonly Argument<string?> Folder = new("FOLDER")
    {
        Description = "Where to put it. Default: .pipeline/data.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int> ClipsPerWord = new("--clips-per-word")
    {
        Description = "Clips of each of the ten keywords.",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.ClipsPerWord,
    };

    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "Decides voices, places and noise.",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.Seed,
    };

    public static Command Create() => Verb.Group(
        "data",
        "Data sets.",
        Verb.Of("list", "Lists the data sets of pipeline.yaml.", ListAsync),
        DataFetchVerb.Create(),
        Verb.Of("inspect", "Reads every recording of a data set and shows classes, splits, speakers, duplicates.", InspectAsync, Name),
        Verb.Of("synth", "Makes a data set of synthetic speech with espeak-ng.", SynthAsync, Folder, ClipsPerWord, Seed));

    private static Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        DataListing[] sets = [.. deployment.DataNames.Select(name => List(name, deployment.Data(name)))];
        context.Printer.Result(sets, CliJson.Default.DataListingArray, writer =>
        {
            TextTable table = new("data set", "kind", "licence", "from");
            foreach (DataListing set in sets)
            {
                table.Add(set.Name, Kind(set.Data), Terms(set.Licences), Source(set.Data));
            }

            table.Write(writer);
        });
        return Task.CompletedTask;
    }

    private static async Task SynthAsync(VerbContext context, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        SynthData data = new() { ClipsPerWord = context.Get(ClipsPerWord), Seed = context.Get(Seed) };
        string folder = await SpeechSynthesizer.SynthesizeAsync(
            data, context.Arguments.GetValue(Folder) ?? context.Workspace.DataFolder, new PlanPrinter(context.Printer.Note), cancellationToken);
        SynthReport report = new(folder, Stopwatch.GetElapsedTime(started).TotalSeconds);
        context.Printer.Result(report, CliJson.Default.SynthReport, writer => writer.WriteLine(folder));
    }

    private static async Task InspectAsync(VerbContext context, CancellationToken cancellationToken)
    {
        DataDefinition data = context.Workspace.Deployment.Data(context.Get(Name));
        DataReport report = await DataInspector.InspectAsync(
            data, context.Workspace.DataFolder, new PlanPrinter(context.Printer.Note), cancellationToken);
        context.Printer.Result(report, CliJson.Default.DataReport, writer => Write(report, writer));
    }

    private static void Write(DataReport report, TextWriter writer)
    {
        string[] splits = [.. report.Clips.Keys];
        TextTable table = new(["class", .. splits]);
        for (int c = 0; c < report.Classes.Count; c++)
        {
            table.Add([report.Classes[c], .. splits.Select(s => Format.Count(report.ClipsByClass[s][c]))]);
        }

        table.Add(["all", .. splits.Select(s => Format.Count(report.Clips[s]))]);
        table.Add(["speakers", .. splits.Select(s => Format.Count(report.Speakers[s]))]);
        table.Write(writer);
        writer.WriteLine();
        if (report.Seconds is [var shortest, var median, var longest])
        {
            writer.WriteLine($"lengths              {shortest:F2} s to {longest:F2} s, median {median:F2} s");
        }

        writer.WriteLine($"sample rates         {string.Join(", ", report.SampleRates.Select(r => $"{r.Key} Hz ({Format.Count(r.Value)})"))}");
        writer.WriteLine($"licence              {Terms(report.Licences)}");
        writer.WriteLine($"noise recordings     {report.NoiseRecordings}");
        writer.WriteLine($"speakers in 2 splits {report.LeakedSpeakers.Count}");
        writer.WriteLine($"groups of duplicates {report.Duplicates.Count}");
        foreach (IReadOnlyList<string> group in report.Duplicates.Take(DuplicatesShown))
        {
            writer.WriteLine($"  {string.Join(" = ", group)}");
        }
    }

    private static DataListing List(string name, DataDefinition data) => new(name, data, DataLicences.Of(data));

    private static string Terms(IEnumerable<DataLicence> licences) =>
        string.Join("; ", licences.Select(static l => l.Terms.Length > 0 ? l.Terms : "not stated").Distinct());

    private static string Kind(DataDefinition data) => DataLicences.NameOf(data with { Name = null });

    private static string Source(DataDefinition data) => data switch
    {
        SynthData d => $"{d.ClipsPerWord} clips per word, seed {d.Seed}",
        RecordedData d => d.Path,
        ImportedFeaturesData d => d.Path,
        PoolData d => string.Join(" + ", d.Sources.Select(Source)),
        MixData d => $"train {Source(d.Train)}, validation {Source(d.Validation)}, test {Source(d.Test)}",
        _ => "",
    };
}
