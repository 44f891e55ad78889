using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;
using Pipeline.Workers.Training;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline models measure</c>: what a registered model costs on this machine, as authors' tables have it.</summary>
internal static class ModelMeasureVerb
{
    /// <summary>Accuracy in per cent over this many parameters: the PLB authors' benefit-cost ratio (models.md 5.5).</summary>
    private const double CostUnit = 1e5;

    private static readonly Argument<string> Model = ModelReference.Argument();

    private static readonly Option<int> Inferences = StreamOptions.InRange(
        new Option<int>("--inferences") { Description = "Inferences that are timed, one clip each.", HelpName = "N", DefaultValueFactory = _ => 200 }, 10, 1_000_000);

    private static readonly Option<int> Threads = StreamOptions.InRange(
        new Option<int>("--threads") { Description = "Threads of an inference's arithmetic.", HelpName = "N", DefaultValueFactory = _ => 1 }, 1, 256);

    public static Command Create() => Verb.Of(
        "measure",
        "Times a registered model clip by clip on this machine; weighs its weights and memory. Kept with its run.",
        MeasureAsync,
        Model,
        Inferences,
        Threads);

    private static async Task MeasureAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        IBlobStore blobs = await context.Workspace.OpenBlobsAsync(cancellationToken);
        ModelVersion version = await ModelReference.FindAsync(state, context.Get(Model), cancellationToken);
        InferenceCost cost = await InferenceCost.MeasureAsync(version.Trained, blobs, context.Get(Inferences), context.Get(Threads), cancellationToken);
        double? accuracy = version.Trained.Metrics.TryGetValue("test/accuracy", out double measured) ? measured : null;
        MeasureReport report = new(
            version.Name,
            version.Version,
            cost.Parameters,
            cost.WeightBytes,
            cost.PeakActivationBytes,
            cost.PeakRssBytes,
            context.Get(Inferences),
            context.Get(Threads),
            cost.MedianSeconds,
            cost.P95Seconds,
            cost.FrontEndMedianSeconds,
            accuracy,
            accuracy is { } a ? 100 * a / cost.Parameters * CostUnit : null);
        await KeepAsync(state, version, report, cancellationToken);
        context.Printer.Result(report, CliJson.Default.MeasureReport, writer => Write(writer, report));
    }

    private static async Task KeepAsync(StateDatabase state, ModelVersion version, MeasureReport report, CancellationToken cancellationToken)
    {
        if (version.Run is not { } run)
        {
            return;
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        List<MetricPoint> points =
        [
            new("inference/medianSeconds", report.MedianSeconds, 0, now),
            new("inference/p95Seconds", report.P95Seconds, 0, now),
            new("inference/peakActivationBytes", report.PeakActivationBytes, 0, now),
            new("inference/weightBytes", report.WeightBytes, 0, now),
        ];
        if (report.BenefitCost is { } ratio)
        {
            points.Add(new("inference/benefitCost", ratio, 0, now));
        }

        await state.WriteAsync(t => new MetricStore(t).LogAsync(run, points), cancellationToken);
    }

    private static void Write(TextWriter writer, MeasureReport report)
    {
        string Milliseconds(double seconds) => (1000 * seconds).ToString("F3", CultureInfo.InvariantCulture) + " ms";
        writer.WriteLine($"{report.Model} version {report.Version}, {report.Threads} thread{(report.Threads == 1 ? "" : "s")}, {Format.Count(report.Inferences)} inferences of one clip each");
        writer.WriteLine($"  inference         {Milliseconds(report.MedianSeconds)} median, {Milliseconds(report.P95Seconds)} p95; features before it {Milliseconds(report.FrontEndMedianSeconds)} median");
        writer.WriteLine($"  weights           {Format.Bytes(report.WeightBytes)} as a file, {Format.Count(report.Parameters)} parameters as the source counts them");
        writer.WriteLine($"  memory            {Format.Bytes(report.PeakActivationBytes)} of activations at most, float32; the whole process {Format.Bytes(report.PeakRssBytes)}");
        if (report.BenefitCost is { } ratio)
        {
            writer.WriteLine($"  benefit and cost  {ratio.ToString("F3", CultureInfo.InvariantCulture)}: per cent of test accuracy ({Format.Percent(report.Accuracy!.Value)}) over 100,000 parameters");
        }
    }
}
