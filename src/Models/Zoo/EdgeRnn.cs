using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// EdgeRNN (Yang et al., IEEE Access 8, 2020; models.md 4.4): densely connected convolutions over time, whose rows of features are channels, a plain
/// RNN and a gate of its own states that weighs the steps. 831,456 parameters for 152 rows and 4 classes, 833,871 for 11.
/// </summary>
internal static class EdgeRnn
{
    private const int Bottleneck = 4;
    private const int FirstGroups = 4;
    private const int SecondGroups = 8;

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "edge-rnn", "EdgeRNN (Yang et al. 2020): dense convolutions over time and an RNN with simplified attention, for 152 rows.", [.. Shared])
        {
            Bands = 152,
            Frames = 32,
        },
        (parameters, bands, frames) => Build("edge-rnn", parameters, bands, frames, grouped: false));

    public static ZooModel Grouped { get; } = new(
        new ModelInfo(
            "edge-rnn-g",
            "EdgeRNN with grouped convolutions (EdgeRNNG): each layer's first in 4 groups, its second in 8.",
            [
                .. Shared,
                new(
                    "recipe",
                    "clean",
                    "clean: groups, channels shuffled between the two; faithful: as the authors' code runs, whose pruning never begins: edge-rnn.")
                {
                    Words = ["clean", "faithful"],
                },
            ])
        {
            Bands = 152,
            Frames = 32,
        },
        (parameters, bands, frames) => Build("edge-rnn-g", parameters, bands, frames, grouped: parameters["recipe"].AsText() == "clean"));

    private static IEnumerable<ModelParameter> Shared =>
    [
        ModelZoo.Classes,
        new("growth", 16, "Channels that each dense layer adds; its first convolution has 4 times as many.") { Min = 2, Max = 128, Whole = true },
        new("layers", 12, "Dense layers.") { Min = 1, Max = 64, Whole = true },
    ];

    private static Graph.Graph Build(string model, IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames, bool grouped)
    {
        int growth = parameters["growth"].AsInteger();
        if (frames < 2 || (grouped && (bands % FirstGroups != 0 || growth % SecondGroups != 0)))
        {
            throw new BadInputException(
                $"Model '{model}' was asked to take {bands} bands x {frames} frames with a growth of {growth}. Expected at least 2 frames"
                + (grouped ? $", bands in multiples of {FirstGroups} and a growth in multiples of {SecondGroups}." : "."));
        }

        var builder = new GraphBuilder(model, bands, frames);
        string x = builder.Transpose("input.channels", builder.Input, 2, 1, 3);
        for (int layer = 0; layer < parameters["layers"].AsInteger(); layer++)
        {
            x = Dense(builder, $"dense{layer}", x, growth, grouped);
        }

        x = builder.MaxPool("pool", x, new(1, 2));
        x = builder.Transpose("steps", x, 2, 3, 1);
        x = Attend(builder, builder.Rnn("rnn", x, builder.ShapeOf(x)[3]));
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }

    private static string Dense(GraphBuilder builder, string name, string x, int growth, bool grouped)
    {
        int wide = Bottleneck * growth;
        string y = builder.Conv($"{name}.conv1", x, wide, new(1, 3), pads: Pads.Symmetric(0, 1), group: grouped ? FirstGroups : 1, bias: true);
        y = builder.BatchNormalization($"{name}.norm1", builder.PRelu($"{name}.prelu", y, slope: 0.05));
        if (grouped)
        {
            // Without it the groups of one layer would see the same groups of the one before, and never the others.
            y = Shuffle(builder, name, y);
        }

        y = builder.Conv($"{name}.conv2", y, growth, new(1, 3), pads: Pads.Symmetric(0, 1), group: grouped ? SecondGroups : 1, bias: true);
        return builder.Concat($"{name}.concat", 1, x, builder.BatchNormalization($"{name}.norm2", y));
    }

    /// <summary>Channels of all groups by turns (Zhang et al. 2018, ShuffleNet).</summary>
    private static string Shuffle(GraphBuilder builder, string name, string x)
    {
        (int channels, int frames) = (builder.ShapeOf(x)[1], builder.ShapeOf(x)[3]);
        string y = builder.Reshape($"{name}.groups", x, FirstGroups, channels / FirstGroups, frames);
        return builder.Reshape($"{name}.shuffled", builder.Transpose($"{name}.turns", y, 2, 1, 3), channels, 1, frames);
    }

    /// <summary>tanh(Σ h·w / Σ w) over the steps with w = sigmoid(h); the means' quotient is the sums'.</summary>
    private static string Attend(GraphBuilder builder, string states)
    {
        string gate = builder.Sigmoid("attention.gate", states);
        string sum = builder.ReduceMeanHeight("attention.sum", builder.Mul("attention.product", states, gate));
        string mean = builder.Div("attention.mean", sum, builder.ReduceMeanHeight("attention.weight", gate));
        return builder.Flatten("attention.flatten", builder.Tanh("attention.tanh", mean));
    }
}
