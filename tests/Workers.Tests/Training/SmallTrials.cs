using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

/// <summary>Trials on synthetic data that end within a second or two.</summary>
internal static class SmallTrials
{
    public const int Rows = 44;

    public static TrialSpec Spec(string model, OptimizerKind optimizer, int epochs, int number = 0, ulong seed = 5) => new()
    {
        Trial = new TrialId(new SweepId("test-0"), number),
        Model = model,
        ModelParameters = [],
        FeatureSet = new FeatureSetId("0123456789abcdef"),
        FrontEnd = "log-mel-40-torchaudio",
        Train = new TrainSpec
        {
            Epochs = epochs, BatchSize = 10, Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.Adam ? 0.01 : 0.05, WarmupEpochs = 1,
        },
        Resources = new ResourceSpec(),
        Seed = seed,
    };

    /// <summary>Every part of a recipe that changes a step.</summary>
    public static TrainSpec Rich(TrainSpec train) => train with
    {
        LearningRate = 0.01, Mixup = 0.2, LabelSmoothing = 0.1, MseWeight = 0.4, ClassWeights = ClassWeighting.Balanced, ClipNorm = 5, ClipValue = 1, AverageDecay = 0.9, HoldEpochs = 1,
        Decay = DecayKind.Polynomial,
    };

    public static SyntheticData Data(TrialSpec spec, Action<Split, int, int>? beforeBatch = null, float gain = 1) =>
        new(Rows, spec.Train.BatchSize, spec.Seed) { BeforeBatch = beforeBatch, Gain = gain };
}

/// <summary>Keeps what it hears of a trial.</summary>
internal sealed class HeardTrial : ITrialObserver
{
    public List<EpochReport> Reports { get; } = [];

    public List<string> Lines { get; } = [];

    public void EpochEnded(EpochReport report) => Reports.Add(report);

    public void Log(string line) => Lines.Add(line);
}
