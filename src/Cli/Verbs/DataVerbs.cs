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
        DataInspectVerb.Create(),
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

    private static DataListing List(string name, DataDefinition data) => new(name, data, DataLicences.Of(data));

    /// <summary>The terms of licences, each once.</summary>
    public static string Terms(IEnumerable<DataLicence> licences) =>
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
