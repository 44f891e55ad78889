using Pipeline.Contracts;

namespace Pipeline.Bench.Training;

/// <summary>A model with the features, the batch and the optimiser of its paper.</summary>
/// <param name="Name">As the rival knows it.</param>
/// <param name="Model">Its name in the zoo.</param>
/// <param name="Parameters">Its parameters but the classes.</param>
/// <param name="Bands">Rows of the features.</param>
/// <param name="Frames">Columns of the features.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Train">Batch and optimiser.</param>
internal sealed record StepCase(
    string Name, string Model, SortedDictionary<string, ParameterValue> Parameters, int Bands, int Frames, int Classes, TrainSpec Train)
{
    private const int Epochs = 10_000;

    private static TrainSpec Sgd { get; } = new() { Epochs = Epochs, BatchSize = 100, Optimizer = OptimizerKind.Sgd, LearningRate = 0.1, Momentum = 0.9, WeightDecay = 0.001 };

    private static TrainSpec Adam { get; } = Sgd with { Optimizer = OptimizerKind.Adam, LearningRate = 0.001, WeightDecay = 0 };

    private static SortedDictionary<string, ParameterValue> None { get; } = [];

    /// <summary>What is measured.</summary>
    public static IReadOnlyList<StepCase> All { get; } =
    [
        new("bc-resnet-1", "bc-resnet", None, 40, 101, 12, Sgd),
        new("bc-resnet-3", "bc-resnet", new SortedDictionary<string, ParameterValue> { ["tau"] = 3 }, 40, 101, 12, Sgd),
        new("ds-cnn-s", "ds-cnn", None, 10, 49, 12, Adam with { LearningRate = 0.0005 }),
        new("edge-rnn", "edge-rnn", None, 152, 32, 11, Sgd with { BatchSize = 64, LearningRate = 0.01, WeightDecay = 0.0005, ClipValue = 0.1 }),
        new("tinyml-lstm", "tinyml-lstm", None, 13, 47, 4, Adam with { BatchSize = 32 }),
    ];

    /// <summary>The trial that our side runs.</summary>
    public TrialSpec Spec(int threads) => new()
    {
        Trial = new TrialId(new SweepId("bench"), 0),
        Model = Model,
        ModelParameters = Parameters,
        FeatureSet = new FeatureSetId("0000000000000000"),
        FrontEnd = "none",
        Train = Train,
        Resources = new ResourceSpec { Threads = threads },
        Seed = 1,
    };
}
