using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Workers.Training;

namespace Pipeline.Bench.Training;

/// <summary>
/// A trial's steps against those of a PyTorch loop over the same libtorch. Ours and the rival take turns, so that other work on the machine hits both;
/// a pair's ratio is that of its medians, and the median of the pairs counts.
/// </summary>
internal static class StepBenchmark
{
    private const int Pairs = 15;
    private const int Steps = 3;
    private const double Target = 0.98;

    /// <summary>Measures a model with a number of threads.</summary>
    public static Figure Measure(StepCase step, int threads, Action<string> say)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"step of {step.Name}, {threads} thread{(threads == 1 ? "" : "s")}");
        say($"training: {name}");
        using PyTorchRival? rival = PyTorchRival.Start(
            say,
            ["step", step.Name, .. new[] { step.Train.BatchSize, step.Bands, step.Frames, step.Classes, threads }.Select(static n => n.ToString(CultureInfo.InvariantCulture))]);
        var pairs = new List<(double Ours, double? Rival)>();
        OwnThread.Run(threads, () =>
        {
            var data = new ReadyData(step);
            Graph graph = ModelZoo.Build(step.Model, new Dictionary<string, ParameterValue>(step.Parameters) { ["classes"] = step.Classes }, step.Bands, step.Frames);
            using var trainer = new Trainer(step.Spec(threads), graph, data);
            for (int pair = 0; pair <= Pairs; pair++)
            {
                pairs.Add((Seconds(trainer), rival?.StepSeconds(say, Steps)));
            }
        });

        pairs.RemoveAt(0); // both warmed up in it
        double? ratio = Median(pairs.Select(static p => p.Rival / p.Ours));
        double ours = step.Train.BatchSize / Median(pairs.Select(static p => (double?)p.Ours))!.Value;
        return new(name, "clips/s", ours, ours / ratio, "PyTorch loop", Target);
    }

    private static double Seconds(Trainer trainer) => Median(Enumerable.Range(1, Steps).Select(epoch =>
    {
        long begun = Stopwatch.GetTimestamp();
        trainer.TrainEpoch(epoch, CancellationToken.None);
        return (double?)Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }))!.Value;

    private static double? Median(IEnumerable<double?> values)
    {
        double?[] sorted = [.. values.Order()];
        return sorted.Contains(null) ? null : sorted[sorted.Length / 2];
    }
}
