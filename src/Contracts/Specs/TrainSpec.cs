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

    /// <summary>Adam whose weight decay does not go through the moments (Loshchilov and Hutter 2019), as PyTorch's <c>AdamW</c>.</summary>
    AdamW,

    /// <summary>NovoGrad (Ginsburg et al. 2019): one second moment for each tensor, decoupled weight decay.</summary>
    NovoGrad,
}

/// <summary>How the learning rate falls after the warm-up and the hold.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DecayKind>))]
public enum DecayKind
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>Half a cosine from the learning rate to 0 over the epochs that are left.</summary>
    Cosine,

    /// <summary>Times <c>decayFactor</c> after every <c>decayEvery</c> epochs.</summary>
    Step,

    /// <summary>Times <c>decayFactor</c> with every epoch, a little with every step.</summary>
    Exponential,

    /// <summary>To 0 over the epochs that are left, as the share of them that is left to the power <c>decayPower</c>.</summary>
    Polynomial,
}

/// <summary>What is minimised.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LossKind>))]
public enum LossKind
{
    /// <summary>Cross-entropy of the softmax.</summary>
    CrossEntropy,

    /// <summary>
    /// The margin loss of capsule networks (Sabour et al. 2017) on the softmax: squared hinges at 0.9 for the true class and at 0.1, weighted by a half,
    /// for the others.
    /// </summary>
    Margin,
}

/// <summary>The precision of a training step; weights, statistics and what is measured are in single precision whatever it is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>Products and convolutions in bfloat16, by libtorch's autocast.</summary>
    Bf16,
}

/// <summary>How classes count in the loss.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ClassWeighting>))]
public enum ClassWeighting
{
    /// <summary>Every clip counts alike.</summary>
    None,

    /// <summary>Every class counts alike: a clip of a class has the weight of all clips over classes times its clips.</summary>
    Balanced,
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

    /// <summary>How long the first moment of the other optimisers remembers, 0 to 1.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How long the second moment of the other optimisers remembers, 0 to 1.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>SGD and Adam: L2 penalty added to every gradient. AdamW and NovoGrad: the share of each weight that a step at rate 1 takes away.</summary>
    public double WeightDecay { get; init; } = 0.001;

    /// <summary>Epochs over which the learning rate rises linearly from 0. Step k of the warm-up's n (k from 1) has k/n of it.</summary>
    public double WarmupEpochs { get; init; }

    /// <summary>Epochs after the warm-up over which the learning rate stays before it falls.</summary>
    public double HoldEpochs { get; init; }

    /// <summary>How the learning rate falls then.</summary>
    public DecayKind Decay { get; init; } = DecayKind.Cosine;

    /// <summary>What a step or exponential decay multiplies by.</summary>
    public double DecayFactor { get; init; } = 0.5;

    /// <summary>Epochs between two steps of a step decay.</summary>
    public double DecayEvery { get; init; } = 10;

    /// <summary>The power of a polynomial decay.</summary>
    public double DecayPower { get; init; } = 2;

    /// <summary>The precision of a step.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>What is minimised.</summary>
    public LossKind Loss { get; init; } = LossKind.CrossEntropy;

    /// <summary>Weight of the mean squared difference between softmax and target that is added to the loss.</summary>
    public double MseWeight { get; init; }

    /// <summary>The share of each target that is spread over all classes, 0 to 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How classes count in the loss.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.None;

    /// <summary>
    /// Mixup (Zhang et al. 2018): pairs of a batch's clips are mixed with a share drawn from the Beta distribution of this parameter, and so are their
    /// targets; 0: they are not.
    /// </summary>
    public double Mixup { get; init; }

    /// <summary>The greatest norm of all gradients together: greater ones are scaled to it; 0: any.</summary>
    public double ClipNorm { get; init; }

    /// <summary>The greatest element of a gradient: greater ones are set to it; 0: any.</summary>
    public double ClipValue { get; init; }

    /// <summary>
    /// How long an average of the weights over the steps remembers, 0 to 1; it is what is measured and handed in. 0: the weights themselves are.
    /// </summary>
    public double AverageDecay { get; init; }

    /// <summary>
    /// The share of the loss that is the difference between the teacher's softened probabilities and the model's (Hinton et al. 2015), 0 to 1; the rest is
    /// the loss of the labels. Without a teacher it is 0.
    /// </summary>
    public double DistillWeight { get; init; }

    /// <summary>What logits are divided by before those probabilities are taken; its square multiplies the difference.</summary>
    public double DistillTemperature { get; init; } = 2;

    /// <summary>Epochs without a better validation accuracy after which training ends; 0: it runs all epochs.</summary>
    public int Patience { get; init; }

    /// <summary>Which epoch's weights count.</summary>
    public KeepEpoch Keep { get; init; } = KeepEpoch.Last;
}
