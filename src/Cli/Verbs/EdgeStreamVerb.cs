using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;
using Pipeline.Workers.Streaming;
using Pipeline.Workers.Training;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline edge stream</c>: listens to a long recording as a device listens.</summary>
internal static class EdgeStreamVerb
{
    private static readonly Argument<string> Model = ModelReference.Argument();

    private static readonly Argument<string> File = new("FILE") { Description = "A long recording." };

    private static readonly Option<string?> Keywords = new("--keywords")
    {
        Description = "Where its keywords stand: lines of start, end (seconds) and class, with tabs between them. With it, misses and false alarms are counted.",
        HelpName = "FILE.tsv",
    };

    public static Command Create() => Verb.Of(
        "stream",
        "Listens to a long recording window by window, with probabilities averaged, and says when which keyword was heard.",
        StreamAsync,
        [Model, File, .. StreamOptions.All, Keywords]);

    private static async Task StreamAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelVersion version = await ModelReference.FindAsync(state, context.Get(Model), cancellationToken);
        using Predictor predictor = await Predictor.LoadAsync(version.Trained, await context.Workspace.OpenBlobsAsync(cancellationToken), cancellationToken);
        string file = context.Get(File);
        AudioClip recording = AudioReader.Read(file);
        double seconds = (double)recording.Samples.Length / recording.SampleRate;
        IReadOnlyList<SpokenKeyword>? spoken = context.Get(Keywords) is { } list ? KeywordFile.Read(list, predictor.Classes) : null;
        StreamSettings settings = StreamOptions.Of(context);
        IReadOnlyList<int> classes = KeywordStream.KeywordsOf(predictor.Classes);
        Posteriors posteriors = predictor.Listen(new HeldSound(recording.Samples, recording.SampleRate), settings.HopMs, new StreamNotes(context.Printer), cancellationToken);
        HeardReport[] heard = [.. KeywordStream.Hear(posteriors.Smoothed(settings.SmoothingMs / settings.HopMs), classes, settings.Threshold, settings.RefractoryMs / 1000.0)
            .Select(h => new HeardReport(predictor.Classes[h.Class], h.Time, h.Score))];
        StreamReport? measured = spoken is null ? null : KeywordStream.Measure(posteriors, classes, spoken, settings, seconds, file);
        context.Printer.Result(new StreamHearing(file, seconds, heard, measured), CliJson.Default.StreamHearing, writer =>
        {
            TextTable table = new("time", "heard", "probability");
            foreach (HeardReport h in heard)
            {
                table.Add(Format.Clock(h.Time), h.Class, Format.Percent(h.Score));
            }

            table.Write(writer);
            if (measured is not null)
            {
                writer.WriteLine();
                StreamText.Write(writer, measured);
            }
        });
    }
}
