using Pipeline.Contracts;

namespace Pipeline.Bench.Search;

/// <summary>
/// What the trials of an invented sweep would measure after each epoch, and how long each epoch takes: functions of the seed alone, so that every way
/// of stopping and every number of workers meets the same trials.
/// </summary>
internal sealed class LearningCurves
{
    // Spreads as seen in sweeps over width and learning rate: the slowest trial of a hundred takes about four times the epoch of the fastest.
    private const double SlownessSpread = 0.35;
    private const double EpochSpread = 0.1;
    private const double StragglerShare = 0.02;
    private const double StragglerSlowness = 5;
    private const double MeasuringNoise = 0.005;

    private readonly double[][] _accuracy;
    private readonly double[][] _seconds;

    public LearningCurves(ulong seed, int trials, int epochs)
    {
        Trials = trials;
        Epochs = epochs;
        _accuracy = new double[trials][];
        _seconds = new double[trials][];
        for (int trial = 0; trial < trials; trial++)
        {
            StableRandom random = StableRandom.For(seed, "learning-curve", trial);
            double best = 0.95 - (0.1 * Math.Abs(random.NextGaussian()));
            double speed = random.NextDouble(1, 6);
            double slowness = Math.Exp(SlownessSpread * random.NextGaussian());
            _accuracy[trial] = [.. Enumerable.Range(1, epochs).Select(epoch => (best * (1 - Math.Exp(-epoch / speed))) + (MeasuringNoise * random.NextGaussian()))];
            _seconds[trial] = [.. Enumerable.Range(1, epochs).Select(_ =>
                slowness * Math.Exp(EpochSpread * random.NextGaussian()) * (random.NextDouble() < StragglerShare ? StragglerSlowness : 1))];
        }
    }

    public int Trials { get; }

    public int Epochs { get; }

    /// <summary>What a trial measures after an epoch, counted from 1.</summary>
    public double Accuracy(int trial, int epoch) => _accuracy[trial][epoch - 1];

    /// <summary>How long a trial needs from one epoch to another; a usual epoch of a usual trial is one second.</summary>
    public double Seconds(int trial, int from, int to) => _seconds[trial].AsSpan(from, to - from).ToArray().Sum();
}
