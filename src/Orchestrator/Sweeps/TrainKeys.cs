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
/// <param name="Default">The recipe's value where the key is absent.</param>
/// <param name="Apply">Sets it.</param>
internal sealed record TrainKey(
    string Name,
    string Doc,
    double Min,
    double Max,
    bool Whole,
    IReadOnlyList<string>? Words,
    ParameterValue Default,
    Func<TrainSpec, ParameterValue, TrainSpec> Apply);

/// <summary>The keys of the training recipe: one table for the YAML, its schema and what a sweep varies.</summary>
internal static class TrainKeys
{
    private static readonly TrainSpec Defaults = new();

    public static IReadOnlyList<TrainKey> All { get; } =
    [
        Number("epochs", "Passes over the training split.", 1, 10_000, true, Defaults.Epochs, static (t, v) => t with { Epochs = v.AsInteger() }),
        Number("batchSize", "Clips a step.", 1, 65_536, true, Defaults.BatchSize, static (t, v) => t with { BatchSize = v.AsInteger() }),
        Word("optimizer", "The optimiser.", Defaults.Optimizer, static (t, v) => t with { Optimizer = v }),
        Number("learningRate", "The learning rate after the warm-up.", 0, 100, false, Defaults.LearningRate, static (t, v) => t with { LearningRate = v.AsNumber() }),
        Number("momentum", "Momentum of SGD.", 0, 1, false, Defaults.Momentum, static (t, v) => t with { Momentum = v.AsNumber() }),
        Number("weightDecay", "L2 penalty added to every gradient.", 0, 10, false, Defaults.WeightDecay, static (t, v) => t with { WeightDecay = v.AsNumber() }),
        Number("warmupEpochs", "Epochs over which the learning rate rises from 0.", 0, 10_000, false, Defaults.WarmupEpochs, static (t, v) => t with { WarmupEpochs = v.AsNumber() }),
        Word("decay", "How the learning rate falls after the warm-up.", Defaults.Decay, static (t, v) => t with { Decay = v }),
        Word("keep", "Which epoch's weights count.", Defaults.Keep, static (t, v) => t with { Keep = v }),
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
        string name, string doc, double min, double max, bool whole, double standard, Func<TrainSpec, ParameterValue, TrainSpec> apply) =>
        new(name, doc, min, max, whole, null, standard, apply);

    private static TrainKey Word<TEnum>(string name, string doc, TEnum standard, Func<TrainSpec, TEnum, TrainSpec> apply)
        where TEnum : struct, Enum => new(
            name,
            doc,
            0,
            0,
            false,
            [.. Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName)],
            StateName.Of(standard),
            (train, value) => apply(train, StateName.Parse<TEnum>(value.AsText())));
}
