using System.Text.Json;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A key of the training recipe: what it takes, and how it changes the recipe.</summary>
/// <param name="Name">The key, as in <c>train.NAME</c>.</param>
/// <param name="Doc">What it is.</param>
/// <param name="Min">The least number, where it is a number.</param>
/// <param name="Max">The greatest number.</param>
/// <param name="Whole">Whether the number is whole.</param>
/// <param name="Words">The words it takes, where it is not a number.</param>
/// <param name="Read">The recipe's value of it.</param>
/// <param name="Apply">Sets it.</param>
internal sealed record TrainKey(
    string Name,
    string Doc,
    double Min,
    double Max,
    bool Whole,
    IReadOnlyList<string>? Words,
    Func<TrainSpec, ParameterValue> Read,
    Func<TrainSpec, ParameterValue, TrainSpec> Apply)
{
    /// <summary>The recipe's value where the key is absent.</summary>
    public ParameterValue Default => Read(new TrainSpec());
}

/// <summary>The keys of the training recipe: one table for the YAML, its schema and what a sweep varies.</summary>
internal static class TrainKeys
{
    public static IReadOnlyList<TrainKey> All { get; } =
    [
        Number("epochs", "Passes over the training split.", 1, 10_000, true, static t => t.Epochs, static (t, v) => t with { Epochs = v.AsInteger() }),
        Number("batchSize", "Clips a step.", 1, 65_536, true, static t => t.BatchSize, static (t, v) => t with { BatchSize = v.AsInteger() }),
        Word("optimizer", "The optimiser.", static t => t.Optimizer, static (t, v) => t with { Optimizer = v }),
        Number("learningRate", "The learning rate after the warm-up.", 0, 100, false, static t => t.LearningRate, static (t, v) => t with { LearningRate = v.AsNumber() }),
        Number("momentum", "Momentum of SGD.", 0, 1, false, static t => t.Momentum, static (t, v) => t with { Momentum = v.AsNumber() }),
        Number("beta1", "How long the first moment of adam, adamW and novoGrad remembers.", 0, 0.9999, false, static t => t.Beta1, static (t, v) => t with { Beta1 = v.AsNumber() }),
        Number("beta2", "How long their second moment remembers.", 0, 0.99999, false, static t => t.Beta2, static (t, v) => t with { Beta2 = v.AsNumber() }),
        Number("epsilon", "Added to the root of the second moment.", 1e-16, 1, false, static t => t.Epsilon, static (t, v) => t with { Epsilon = v.AsNumber() }),
        Number(
            "weightDecay", "sgd and adam: L2 penalty added to every gradient; adamW and novoGrad: the share of each weight that a step at rate 1 takes away.", 0, 10, false,
            static t => t.WeightDecay, static (t, v) => t with { WeightDecay = v.AsNumber() }),
        Number("warmupEpochs", "Epochs over which the learning rate rises from 0.", 0, 10_000, false, static t => t.WarmupEpochs, static (t, v) => t with { WarmupEpochs = v.AsNumber() }),
        Number("holdEpochs", "Epochs after the warm-up over which it stays.", 0, 10_000, false, static t => t.HoldEpochs, static (t, v) => t with { HoldEpochs = v.AsNumber() }),
        Word("decay", "How the learning rate falls then.", static t => t.Decay, static (t, v) => t with { Decay = v }),
        Number("decayFactor", "What a step or exponential decay multiplies by.", 0, 1, false, static t => t.DecayFactor, static (t, v) => t with { DecayFactor = v.AsNumber() }),
        Number("decayEvery", "Epochs between two steps of a step decay.", 0.01, 10_000, false, static t => t.DecayEvery, static (t, v) => t with { DecayEvery = v.AsNumber() }),
        Number("decayPower", "The power of a polynomial decay.", 0.1, 10, false, static t => t.DecayPower, static (t, v) => t with { DecayPower = v.AsNumber() }),
        Word("precision", "bf16: a step's products and convolutions in bfloat16. Weights, and what is measured, stay in single precision.", static t => t.Precision, static (t, v) => t with { Precision = v }),
        Word("loss", "What is minimised.", static t => t.Loss, static (t, v) => t with { Loss = v }),
        Number("mseWeight", "Weight of the mean squared difference between softmax and target, added to the loss.", 0, 1000, false, static t => t.MseWeight, static (t, v) => t with { MseWeight = v.AsNumber() }),
        Number("labelSmoothing", "The share of each target that is spread over all classes.", 0, 0.99, false, static t => t.LabelSmoothing, static (t, v) => t with { LabelSmoothing = v.AsNumber() }),
        Word("classWeights", "How classes count in the loss; balanced: all alike.", static t => t.ClassWeights, static (t, v) => t with { ClassWeights = v }),
        Number("mixup", "Parameter of the Beta distribution that pairs of clips are mixed by; 0: they are not.", 0, 100, false, static t => t.Mixup, static (t, v) => t with { Mixup = v.AsNumber() }),
        Number("clipNorm", "The greatest norm of all gradients together; 0: any.", 0, 1e6, false, static t => t.ClipNorm, static (t, v) => t with { ClipNorm = v.AsNumber() }),
        Number("clipValue", "The greatest element of a gradient; 0: any.", 0, 1e6, false, static t => t.ClipValue, static (t, v) => t with { ClipValue = v.AsNumber() }),
        Number(
            "averageDecay", "How long an average of the weights remembers, which is then what is measured and handed in; 0: the weights themselves are.", 0, 0.99999, false,
            static t => t.AverageDecay, static (t, v) => t with { AverageDecay = v.AsNumber() }),
        Number("distillWeight", "Of distillation: the share of the loss that is the difference to the teacher's softened probabilities.", 0, 1, false, static t => t.DistillWeight, static (t, v) => t with { DistillWeight = v.AsNumber() }),
        Number("distillTemperature", "Of distillation: what logits are divided by before probabilities are taken.", 0.1, 100, false, static t => t.DistillTemperature, static (t, v) => t with { DistillTemperature = v.AsNumber() }),
        Number("patience", "Epochs without a better validation accuracy after which training ends; 0: it runs all epochs.", 0, 10_000, true, static t => t.Patience, static (t, v) => t with { Patience = v.AsInteger() }),
        Word("keep", "Which epoch's weights count.", static t => t.Keep, static (t, v) => t with { Keep = v }),
    ];

    /// <summary>The recipe with one key set.</summary>
    /// <exception cref="BadInputException">There is no such key, or it does not take the value.</exception>
    public static TrainSpec Apply(TrainSpec train, string name, ParameterValue value)
    {
        TrainKey key = All.FirstOrDefault(k => k.Name == name)
            ?? throw new BadInputException($"'train.{name}' is no key of the recipe. {NearestName.Suggest(name, [.. All.Select(static k => k.Name)])}");
        bool fits = key.Words is null
            ? value.IsNumber && value.AsNumber() >= key.Min && value.AsNumber() <= key.Max && (!key.Whole || value.AsNumber() == Math.Floor(value.AsNumber()))
            : value.IsText && key.Words.Contains(value.AsText());
        return fits
            ? key.Apply(train, value)
            : throw new BadInputException(
                $"'train.{name}' is '{value}'. Expected " +
                (key.Words is null ? $"a {(key.Whole ? "whole " : "")}number from {key.Min} to {key.Max}." : $"one of {string.Join(", ", key.Words)}."));
    }

    private static TrainKey Number(
        string name, string doc, double min, double max, bool whole, Func<TrainSpec, double> read, Func<TrainSpec, ParameterValue, TrainSpec> apply) =>
        new(name, doc, min, max, whole, null, train => read(train), apply);

    private static TrainKey Word<TEnum>(string name, string doc, Func<TrainSpec, TEnum> read, Func<TrainSpec, TEnum, TrainSpec> apply)
        where TEnum : struct, Enum => new(
            name,
            doc,
            0,
            0,
            false,
            [.. Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName)],
            train => StateName.Of(read(train)),
            (train, value) => apply(train, StateName.Parse<TEnum>(value.AsText())));
}
