using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Configuration;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline features import</c>: a feature set of numbers that were made elsewhere, and the lines of pipeline.yaml that name it.</summary>
internal static class FeaturesImportVerb
{
    /// <summary>What the lines are called in messages.</summary>
    private const string Source = "what is imported";

    private static readonly Argument<string> Folder = new("FOLDER") { Description = "Holds features.npy, an array [rows, frames, bands], and index.tsv." };

    private static readonly Option<string> FrontEnd = new("--front-end")
    {
        Description = "What made the features, so that recordings can be tested and devices listen.",
        HelpName = "NAME",
        Required = true,
    };

    private static readonly Option<string> Name = new("--name") { Description = "What pipeline.yaml will call it.", HelpName = "NAME", DefaultValueFactory = static _ => "imported" };

    private static readonly Option<string> Classes = new("--classes")
    {
        Description = "12: ten keywords, silence and unknown; or the number of labels in index.tsv, each a class. Absent: 12.",
        HelpName = "N",
    };

    private static readonly Option<string> ClipSeconds = new("--clip-seconds") { Description = "Seconds of sound that a row was made of. Absent: 1.", HelpName = "S" };

    private static readonly Option<string> Gain = new("--gain")
    {
        Description = "What the numbers stand for: value = gain * feature + offset. Absent: uint8 [rows, 98, 40] of log-mel-40-4khz.",
        HelpName = "X",
    };

    private static readonly Option<string> Offset = new("--offset") { Description = "The value of a feature of 0. Absent: 0.", HelpName = "X" };

    private static readonly Option<string> Licence = new("--licence") { Description = "The terms on which the recordings are given.", HelpName = "TEXT" };

    public static Command Create() => Verb.Of(
        "import",
        "Builds a feature set of features made elsewhere, and prints the lines of pipeline.yaml that name it.",
        RunAsync,
        Folder,
        FrontEnd,
        Name,
        Classes,
        ClipSeconds,
        Gain,
        Offset,
        Licence);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        string lines = Lines(context);

        // Read as pipeline.yaml will be: so what is wrong is told in the same words, and these lines name this very set.
        FeatureSetDefinition definition = Deployment.Parse(Source, lines).FeatureSet(context.Get(Name)!);
        FeatureSetReport report = await FeaturesVerbs.BuildAsync(context, definition, cancellationToken);
        context.Printer.Result(new ImportReport(report, lines), CliJson.Default.ImportReport, writer =>
        {
            FeaturesVerbs.Print(report, writer);
            writer.WriteLine("For sweeps, pipeline.yaml names it so:");
            writer.WriteLine();
            writer.Write(lines);
        });
    }

    private static string Lines(VerbContext context)
    {
        string name = context.Get(Name)!, path = Path.GetFullPath(context.Get(Folder));
        if (context.Get(Offset) is not null && context.Get(Gain) is null)
        {
            throw new BadInputException("--offset is given without --gain. Give both: value = gain * feature + offset.");
        }

        (string Key, string? Value)[] keys =
        [
            ("path", Quoted(path)),
            ("classes", Number(context, Classes)),
            ("clipSeconds", Number(context, ClipSeconds)),
            ("values", Number(context, Gain) is { } gain ? $"{{ gain: {gain}, offset: {Number(context, Offset) ?? "0"} }}" : null),
            ("licence", context.Get(Licence) is { } licence ? Quoted(licence) : null),
        ];
        IEnumerable<string> given = keys.Where(static k => k.Value is not null).Select(static k => $"      {k.Key}: {k.Value}\n");
        return $"data:\n  {name}:\n    importedFeatures:\n{string.Concat(given)}featureSets:\n  {name}: {{ data: {name}, frontEnd: {Quoted(context.Get(FrontEnd)!)} }}\n";
    }

    /// <summary>A number as it is written in YAML; null where it is not given.</summary>
    private static string? Number(VerbContext context, Option<string> option) => context.Get(option) is not { } text
        ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? text
            : throw new BadInputException($"{option.Name}: found '{text}'. Expected a number.");

    private static string Quoted(string text) => text.Any(char.IsControl)
        ? throw new BadInputException($"'{text}' has characters that do not print. Expected plain text.")
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
