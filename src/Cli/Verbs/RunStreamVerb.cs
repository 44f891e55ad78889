using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;
using Pipeline.Workers.Streaming;
using Pipeline.Workers.Training;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline runs stream</c>: false alarms and misses of a keyword spotter on a long stream.</summary>
internal static class RunStreamVerb
{
    private static readonly Argument<string> Run = RunsVerbs.RunArgument();

    private static readonly Option<double> Minutes = StreamOptions.InRange(
        new Option<double>("--minutes") { Description = "The stream's length.", HelpName = "N", DefaultValueFactory = _ => 60 }, 0.1, 24 * 60);

    private static readonly Option<double> Noise = StreamOptions.InRange(
        new Option<double>("--noise") { Description = "The greatest gain of the background recordings.", HelpName = "GAIN", DefaultValueFactory = _ => 0.1 }, 0, 10);

    private static readonly Option<ulong> Seed = new("--seed") { Description = "Decides what stands where.", HelpName = "N", DefaultValueFactory = _ => 0 };

    private static readonly Option<string?> Save = new("--save")
    {
        Description = "Writes the stream there as a WAV, and where its keywords stand beside it as FILE.tsv.",
        HelpName = "FILE.wav",
    };

    public static Command Create() => Verb.Of(
        "stream",
        "Measures a run's model on a long stream of test recordings and background: misses, false alarms an hour, and what other thresholds come to. Kept with the run.",
        StreamAsync,
        [Run, Minutes, Noise, Seed, .. StreamOptions.All, Save]);

    private static async Task StreamAsync(VerbContext context, CancellationToken cancellationToken)
    {
        RunReport run = (await RunsVerbs.FindAsync(context, [context.Get(Run)], cancellationToken))[0];
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelDescription model = await DescriptionAsync(state, blobs, run, cancellationToken);
        string planKey = FeatureSetPlan.BlobKeyOf(model.FeatureSet);
        FeatureSetPlan plan = FeatureSetPlan.FromBytes(
            await blobs.TryGetAsync(planKey, cancellationToken) ?? throw new CorruptDataException($"The plan '{planKey}' is gone, which names the test recordings."));
        TestStream stream = TestStream.Compose(plan, context.Get(Minutes) * 60, context.Get(Noise), context.Get(Seed));
        if (context.Get(Save) is { } file)
        {
            KeywordFile.Save(file, stream, plan.Classes);
        }

        using Predictor predictor = await Predictor.LoadAsync(model, blobs, cancellationToken);
        StreamSettings settings = StreamOptions.Of(context);
        Posteriors heard = predictor.Listen(stream.Sound, settings.HopMs, new StreamNotes(context.Printer), cancellationToken);
        StreamReport report = KeywordStream.Measure(
            heard, KeywordStream.KeywordsOf(model.Classes), stream.Keywords, settings, (double)stream.Sound.Length / stream.Sound.SampleRate, stream.Source);
        await KeepAsync(state, blobs, run, report, cancellationToken);
        context.Printer.Result(report, CliJson.Default.StreamReport, writer => StreamText.Write(writer, report));
    }

    private static async Task<ModelDescription> DescriptionAsync(StateDatabase state, IBlobStore blobs, RunReport run, CancellationToken cancellationToken)
    {
        if (run.Parameters.TryGetValue("folds.index", out string? fold))
        {
            throw new BadInputException($"Run {run.Run} was trained on the folds but number {fold}, so it has heard recordings of the test split. Expected a run of a sweep without folds.");
        }

        IReadOnlyList<RunArtifact> files = await state.ReadAsync(t => new RunStore(t).ArtifactsAsync(run.Run), cancellationToken);
        string blob = files.FirstOrDefault(static f => f.Path == ModelArtifacts.Description)?.Blob
            ?? throw new BadInputException($"Run {run.Run} has no model ({run.Status}). Expected a run of a sweep that has ended.");
        return JsonSerializer.Deserialize(
            await blobs.TryGetAsync(blob, cancellationToken) ?? throw new CorruptDataException($"The description '{blob}' of the run's model is gone."), ContractsJson.Default.ModelDescription)!;
    }

    private static async Task KeepAsync(StateDatabase state, IBlobStore blobs, RunReport run, StreamReport report, CancellationToken cancellationToken)
    {
        // The file first: a run never names one that is not there.
        string blob = await ModelArtifacts.PublishStreamAsync(blobs, run.Run, report, cancellationToken);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await state.WriteAsync(
            async t =>
            {
                await new RunStore(t).SetArtifactAsync(run.Run, ModelArtifacts.Stream, blob);
                await new MetricStore(t).LogAsync(run.Run,
                [
                    new("stream/missRate", report.AtThreshold.MissRate, 0, now),
                    new("stream/falseAlarmsPerHour", report.AtThreshold.FalseAlarmsPerHour, 0, now),
                ]);
            },
            cancellationToken);
    }
}
