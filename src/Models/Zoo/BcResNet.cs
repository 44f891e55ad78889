using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// BC-ResNet (Kim et al., "Broadcasted residual learning for efficient keyword spotting", Interspeech 2021; models.md 3.4): two-dimensional
/// convolutions over frequency, whose mean over frequency goes through one-dimensional ones over time and is broadcast back.
/// </summary>
internal static class BcResNet
{
    internal const int SubBands = 5;
    private const int Bands = 40;

    private static readonly (double Width, int Blocks, int Stride)[] Stages = [(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)];

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "bc-resnet",
            "BC-ResNet (Kim et al. 2021): broadcasted residual learning, for log-mel features of 40 bands.",
            [
                ModelZoo.Classes,
                new("dropout", 0.1, "Share of channels zeroed in each block's temporal part when training.") { Min = 0, Max = 0.9 },
                new("tau", 1, "Width: the base channel count is 8 times it. The paper has 1, 1.5, 2, 3, 6 and 8.") { Min = 0.5, Max = 16 },
                new("variant", "paper", "The paper's table 2: batch instead of sub-spectral normalisation, blocks without the two-dimensional residual where an "
                    + "identity remains, without the identity, the greatest over frequency in place of the mean, the temporal part as a gate, or "
                    + "the plain networks that the paper compares with: over time alone (its w = 2 is tau 2), over both, and that with sub-spectral normalisation.")
                {
                    Words = ["paper", "no-ssn", "no-auxiliary", "no-identity", "max-pool", "attention", .. PlainResNet.Variants],
                },
            ]),
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        if (bands != Bands)
        {
            throw new BadInputException($"Model 'bc-resnet' was asked to take {bands} bands. Expected {Bands}: choose a front end with {Bands} bands.");
        }

        string variant = parameters["variant"].AsText();
        int width = (int)(8 * parameters["tau"].AsNumber());
        float dropout = (float)parameters["dropout"].AsNumber();
        var builder = new GraphBuilder("bc-resnet", bands, frames);
        bool flat = variant == PlainResNet.OverTime;
        string x = flat
            ? builder.Conv("head.conv", builder.Transpose("input.channels", builder.Input, 2, 1, 3), 2 * width, new(1, 5), pads: Pads.Symmetric(0, 2))
            : builder.Conv("head.conv", builder.Input, 2 * width, new(5, 5), new(2, 1), Pads.Symmetric(2, 2));
        x = builder.Relu("head.relu", builder.BatchNormalization("head.norm", x));
        for (int stage = 0; stage < Stages.Length; stage++)
        {
            (double factor, int blocks, int stride) = Stages[stage];
            for (int block = 0; block < blocks; block++)
            {
                x = PlainResNet.Variants.Contains(variant)
                    ? PlainResNet.Block(builder, $"stage{stage}.{block}", x, (int)(factor * width), block == 0 ? stride : 1, 1 << stage, dropout, variant)
                    : Block(builder, $"stage{stage}.{block}", x, (int)(factor * width), block == 0 ? stride : 1, 1 << stage, dropout, variant);
            }
        }

        x = builder.DepthwiseConv("tail.depthwise", x, new(flat ? 1 : 5, 5), pads: Pads.Symmetric(0, 2));
        x = builder.Conv("tail.pointwise", x, 4 * width, Size2.One);
        x = builder.Relu("tail.relu", builder.BatchNormalization("tail.norm", x));
        x = builder.GlobalAveragePool("tail.pool", x);
        x = builder.Conv("classifier", x, parameters["classes"].AsInteger(), Size2.One, bias: true);
        builder.Flatten("logits", x);
        return builder.Build();
    }

    private static string Block(GraphBuilder builder, string name, string x, int channels, int stride, int dilation, float dropout, string variant)
    {
        bool transition = builder.ShapeOf(x)[1] != channels;
        string wide = builder.DepthwiseConv($"{name}.frequency", Expand(builder, name, x, channels), new(3, 1), new(stride, 1), Pads.Symmetric(1, 0));
        wide = variant == "no-ssn"
            ? builder.BatchNormalization($"{name}.frequency.norm", wide)
            : builder.SubSpectralNorm($"{name}.frequency.norm", wide, SubBands);

        string narrow = variant == "max-pool"
            ? builder.MaxPool($"{name}.max", wide, new(builder.ShapeOf(wide)[2], 1))
            : builder.ReduceMeanHeight($"{name}.mean", wide);
        narrow = builder.DepthwiseConv($"{name}.time", narrow, new(1, 3), pads: Pads.Symmetric(0, dilation), dilations: new(1, dilation));
        narrow = builder.Silu($"{name}.time.silu", builder.BatchNormalization($"{name}.time.norm", narrow));
        narrow = builder.Conv($"{name}.mix", narrow, channels, Size2.One);
        narrow = builder.Dropout($"{name}.dropout", narrow, dropout, channelwise: true);

        bool identity = !transition && variant != "no-identity";
        if (identity && variant == "no-auxiliary")
        {
            return builder.Relu($"{name}.relu", builder.Add($"{name}.broadcast", x, narrow));
        }

        string sum = variant == "attention"
            ? builder.Mul($"{name}.gated", wide, builder.Sigmoid($"{name}.gate", narrow))
            : builder.Add($"{name}.broadcast", wide, narrow);
        return builder.Relu($"{name}.relu", identity ? builder.Add($"{name}.shortcut", sum, x) : sum);
    }

    /// <summary>Another number of channels by a 1 × 1 convolution; the value itself where it has that number.</summary>
    internal static string Expand(GraphBuilder builder, string name, string x, int channels) => builder.ShapeOf(x)[1] == channels
        ? x
        : builder.Relu($"{name}.expand.relu", builder.BatchNormalization($"{name}.expand.norm", builder.Conv($"{name}.expand", x, channels, Size2.One)));
}
