using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>The optimisers.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<OptimizerKind>))]
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum, as PyTorch's <c>SGD</c>.</summary>
    Sgd,

    /// <summary>Adam (Kingma and Ba 2015), as PyTorch's <c>Adam</c>.</summary>
    Adam,
}

/// <summary>How the learning rate falls after the warm-up.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DecayKind>))]
public enum DecayKind
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>Half a cosine from the learning rate to 0 over the epochs after the warm-up.</summary>
    Cosine,
}

/// <summary>Which epoch's weights a trial hands in.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<KeepEpoch>))]
public enum KeepEpoch
{
    /// <summary>The last one (the BC-ResNet authors' rule).</summary>
    Last,

    /// <summary>The one with the best validation accuracy, the earliest among equals.</summary>
    Best,
}

/// <summary>How a model is trained.</summary>
public sealed record TrainSpec
{
    /// <summary>Passes over the training split, 1 to 10,000.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Clips a step, 1 to 65,536.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>The optimiser.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>The learning rate after the warm-up.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Momentum of SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>L2 penalty added to every gradient.</summary>
    public double WeightDecay { get; init; } = 0.001;

    /// <summary>Epochs over which the learning rate rises linearly from 0. Step k of the warm-up's n (k from 1) has k/n of it.</summary>
    public double WarmupEpochs { get; init; }

    /// <summary>How the learning rate falls after the warm-up.</summary>
    public DecayKind Decay { get; init; } = DecayKind.Cosine;

    /// <summary>Which epoch's weights count.</summary>
    public KeepEpoch Keep { get; init; } = KeepEpoch.Last;
}

/// <summary>What a trial runs on.</summary>
public sealed record ResourceSpec
{
    /// <summary><c>cpu</c>, or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads of the arithmetic of one trial. Part of what decides its bits, so it never follows the machine.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>Everything that decides a trial's result: equal specs, code and device kind give equal bits.</summary>
public sealed record TrialSpec
{
    /// <summary>The trial.</summary>
    public required TrialId Trial { get; init; }

    /// <summary>The model's name in the zoo.</summary>
    public required string Model { get; init; }

    /// <summary>The model's parameters, without <c>classes</c>, which the feature set gives.</summary>
    public required SortedDictionary<string, ParameterValue> ModelParameters { get; init; }

    /// <summary>The feature set trained on.</summary>
    public required FeatureSetId FeatureSet { get; init; }

    /// <summary>The front end's versioned name, for example <c>log-mel-40-torchaudio</c>.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>The augmentation drawn while training; null where there is none, or where copies are stored.</summary>
    public AugmentSpec? Augment { get; init; }

    /// <summary>The recipe.</summary>
    public required TrainSpec Train { get; init; }

    /// <summary>What it runs on.</summary>
    public required ResourceSpec Resources { get; init; }

    /// <summary>Decides initial weights, order, dropout and augmentation.</summary>
    public required ulong Seed { get; init; }
}
