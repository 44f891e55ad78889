using System.Globalization;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Bench.Search;

/// <summary>
/// What it costs that early stopping does not depend on the timing: invented sweeps on a cluster in virtual time, stopped in the product's form, in
/// arrival order and in step. The rules are the product's own.
/// </summary>
internal sealed class SearchBenchmark : IBenchmark
{
    private const int Trials = 256;
    private const int Epochs = 27;
    private const int Sweeps = 20;

    private static readonly int[] Workers = [2, 4, 8, 16, 32];

    private static readonly EarlyStoppingSpec Asha = new(EarlyStoppingMethod.Asha, "val/accuracy", MinEpochs: 1, Eta: 3);

    private static readonly EarlyStoppingSpec Median = new(EarlyStoppingMethod.Median, "val/accuracy", MinEpochs: 3, Eta: 3);

    public string Name => "search";

    public Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        say($"search: {Sweeps} sweeps of {Trials} trials of {Epochs} epochs; times in epochs of a usual trial, accuracy of the best trial that ran to its end");
        say("search: workers, form: wall-clock, idle, epochs trained, best, tables differing from those of 2 workers");
        LearningCurves[] sweeps = [.. Enumerable.Range(0, Sweeps).Select(static seed => new LearningCurves((ulong)seed, Trials, Epochs))];
        Dictionary<string, string[]> tables = [];
        List<Figure> figures = [];
        foreach (int workers in Workers)
        {
            Measure("never", Asha, StoppingForms.Never);
            double ours = Measure("asha, lower numbers", Asha, StoppingForms.LowerNumbers(Asha));
            double arrival = Measure("asha, arrival order", Asha, StoppingForms.ArrivalOrder(Asha));
            double inStep = Measure("halving in step", Asha, StoppingForms.InStep(Asha));
            double median = Measure("median, lower numbers", Median, StoppingForms.LowerNumbers(Median));
            double medianArrival = Measure("median, arrival order", Median, StoppingForms.ArrivalOrder(Median));
            figures.Add(Rate($"asha, {workers} workers", ours, arrival, "arrival order", target: 0.9));
            figures.Add(Rate($"asha, {workers} workers", ours, inStep, "halving in step", target: null));
            figures.Add(Rate($"median, {workers} workers", median, medianArrival, "arrival order", target: 0.9));

            double Measure(string form, EarlyStoppingSpec spec, StoppingForm stopping)
            {
                SweepCost[] costs = [.. sweeps.Select(curves => VirtualCluster.Run(curves, spec, stopping, workers))];
                string[] ends = [.. costs.Select(static c => c.Ends)];
                tables.TryAdd(form, ends);
                int differing = ends.Zip(tables[form]).Count(static pair => pair.First != pair.Second);
                double seconds = costs.Average(static c => c.Seconds);
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"search: {workers,2} {form,-22} {seconds,7:F1} {costs.Average(static c => c.Idle),6:P1} {costs.Average(static c => c.Epochs),6:F0} {costs.Average(static c => c.Best):P2} {differing,3}"));
                return seconds;
            }
        }

        return Task.FromResult<IReadOnlyList<Figure>>(figures);
    }

    private static Figure Rate(string name, double ours, double rival, string rivalName, double? target) =>
        new(name, "trials/h", Trials * 3600 / ours, Trials * 3600 / rival, rivalName, target);
}
