using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Output;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline data inspect</c>: what a data set holds, and what is odd about it.</summary>
internal static class DataInspectVerb
{
    /// <summary>Speakers and groups of copies shown to people; the JSON document has all.</summary>
    private const int Shown = 5;

    private static readonly Argument<string> Name = new("NAME") { Description = "A data set of pipeline.yaml." };

    public static Command Create() => Verb.Of(
        "inspect", "Reads every recording of a data set and shows classes, splits, speakers, copies, and what leaks between splits.", RunAsync, Name);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        DataReport report = await DataInspector.InspectAsync(
            context.Workspace.Deployment.Data(context.Get(Name)), context.Workspace.DataFolder, new PlanPrinter(context.Printer.Note), cancellationToken);
        context.Printer.Result(report, CliJson.Default.DataReport, writer =>
        {
            WriteClasses(report, writer);
            writer.WriteLine();
            WriteSound(report, writer);
            WriteOddities(report, writer);
        });
    }

    private static void WriteClasses(DataReport report, TextWriter writer)
    {
        string[] splits = [.. Enum.GetNames<Split>().Select(JsonNamingPolicy.CamelCase.ConvertName).Where(report.Clips.ContainsKey)];
        TextTable table = new(["class", .. splits]);
        for (int c = 0; c < report.Classes.Count; c++)
        {
            table.Add([report.Classes[c], .. splits.Select(s => Format.Count(report.ClipsByClass[s][c]))]);
        }

        table.Add(["all", .. splits.Select(s => Format.Count(report.Clips[s]))]);
        table.Add(["speakers", .. splits.Select(s => Format.Count(report.Speakers[s]))]);
        table.Write(writer);
        foreach (string split in splits.Where(report.Balance.ContainsKey))
        {
            ClassBalance balance = report.Balance[split];
            writer.WriteLine($"{split}: from {Format.Count(balance.SmallestClips)} clips of {balance.Smallest} to {Format.Count(balance.LargestClips)} of {balance.Largest}");
        }
    }

    private static void WriteSound(DataReport report, TextWriter writer)
    {
        if (report.Seconds is [var shortest, var median, var longest])
        {
            writer.WriteLine($"lengths              {shortest:F2} s to {longest:F2} s, median {median:F2} s");
        }

        writer.WriteLine($"sample rates         {string.Join(", ", report.SampleRates.Select(r => $"{r.Key} Hz ({Format.Count(r.Value)})"))}");
        writer.WriteLine($"licence              {DataVerbs.Terms(report.Licences)}");
        writer.WriteLine($"noise recordings     {report.NoiseRecordings}");
    }

    private static void WriteOddities(DataReport report, TextWriter writer)
    {
        Write(writer, "speakers in 2 splits", report.SpeakerLeaks, static leak => $"{leak.Speaker}: {string.Join(", ", leak.Clips.Select(static c => $"{c.Key} {c.Value}"))}");
        Write(writer, "groups of duplicates", report.Duplicates, static group => string.Join(" = ", group));
        Write(writer, "copies in 2 splits  ", report.CopyLeaks, static group => string.Join(" = ", group.Select(static c => $"{c.Clip} ({c.Split})")));
        Write(writer, "copies of 2 classes ", report.CopyConflicts, static group => string.Join(" = ", group.Select(static c => $"{c.Clip} ({c.Class ?? "background"})")));
    }

    private static void Write<T>(TextWriter writer, string what, IReadOnlyList<T> found, Func<T, string> text)
    {
        writer.WriteLine($"{what} {found.Count}");
        foreach (T item in found.Take(Shown))
        {
            writer.WriteLine("  " + text(item));
        }

        if (found.Count > Shown)
        {
            writer.WriteLine($"  and {found.Count - Shown} more; all of them with --json");
        }
    }
}
