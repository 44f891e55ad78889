using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// MatchboxNet (Majumdar and Ginsburg, "MatchboxNet: 1D time-channel separable convolutional neural network architecture for speech commands
/// recognition", Interspeech 2020; models.md 8): depthwise separable convolutions over time with the bands as channels, in blocks with a residual.
/// </summary>
internal static class MatchboxNet
{
    private const int EndChannels = 128;
    private const int PrologueKernel = 11;
    private const int FirstKernel = 13;
    private const int EpilogueKernel = 29;

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "matchbox-net",
            "MatchboxNet (Majumdar and Ginsburg 2020): time-channel separable convolutions; the paper takes 64 MFCC and 128 frames.",
            [
                new("blocks", 3, "Residual blocks, with kernels of 13, 15, 17 … frames.") { Min = 1, Max = 32, Whole = true },
                new("channels", 64, "Channels of the blocks.") { Min = 4, Max = 1_024, Whole = true },
                ModelZoo.Classes,
                new("dropout", 0, "Share of elements zeroed after each activation when training.") { Min = 0, Max = 0.9 },
                new("repeat", 1, "Separable convolutions in a block.") { Min = 1, Max = 16, Whole = true },
            ])
        {
            Bands = 64,
            Frames = 128,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        int channels = parameters["channels"].AsInteger();
        int repeat = parameters["repeat"].AsInteger();
        float dropout = (float)parameters["dropout"].AsNumber();
        var builder = new GraphBuilder("matchbox-net", bands, frames);
        string x = builder.Transpose("input.channels", builder.Input, channels: 2, height: 1, width: 3);
        x = Activate(builder, "prologue", Separable(builder, "prologue", x, EndChannels, PrologueKernel), dropout);
        for (int block = 0; block < parameters["blocks"].AsInteger(); block++)
        {
            x = Block(builder, $"block{block}", x, channels, FirstKernel + (2 * block), repeat, dropout);
        }

        x = Activate(builder, "epilogue.wide", Separable(builder, "epilogue.wide", x, EndChannels, EpilogueKernel, dilation: 2), dropout);
        x = builder.BatchNormalization("epilogue.norm", builder.Conv("epilogue", x, EndChannels, Size2.One));
        x = builder.GlobalAveragePool("tail.pool", Activate(builder, "epilogue", x, dropout));
        builder.Flatten("logits", builder.Conv("classifier", x, parameters["classes"].AsInteger(), Size2.One, bias: true));
        return builder.Build();
    }

    private static string Block(GraphBuilder builder, string name, string x, int channels, int kernel, int repeat, float dropout)
    {
        string main = Separable(builder, $"{name}.0", x, channels, kernel);
        for (int i = 1; i < repeat; i++)
        {
            main = Activate(builder, $"{name}.{i - 1}", main, dropout);
            main = Separable(builder, $"{name}.{i}", main, channels, kernel);
        }

        string residual = builder.BatchNormalization($"{name}.residual.norm", builder.Conv($"{name}.residual", x, channels, Size2.One));
        return Activate(builder, name, builder.Add($"{name}.sum", main, residual), dropout);
    }

    private static string Separable(GraphBuilder builder, string name, string x, int channels, int kernel, int dilation = 1)
    {
        Pads pads = Pads.Symmetric(0, dilation * (kernel / 2));
        x = builder.DepthwiseConv($"{name}.depthwise", x, new(1, kernel), pads: pads, dilations: new(1, dilation));
        return builder.BatchNormalization($"{name}.norm", builder.Conv($"{name}.pointwise", x, channels, Size2.One));
    }

    private static string Activate(GraphBuilder builder, string name, string x, float dropout) =>
        builder.Dropout($"{name}.dropout", builder.Relu($"{name}.relu", x), dropout, channelwise: false);
}
