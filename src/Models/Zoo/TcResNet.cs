using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// TC-ResNet (Choi et al., "Temporal convolution for real-time keyword spotting on mobile devices", Interspeech 2019; models.md 8): the bands are
/// channels, and residual blocks convolve over time alone. No convolution has a bias; padding is SAME. First values are TensorFlow's (Glorot).
/// </summary>
internal static class TcResNet
{
    private const int StemChannels = 16;

    private static readonly Size2 StemKernel = new(1, 3);
    private static readonly Size2 Kernel = new(1, 9);
    private static readonly int[] StageChannels = [24, 32, 48];

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "tc-resnet",
            "TC-ResNet (Choi et al. 2019): residual convolutions over time, with the bands as channels.",
            [
                ModelZoo.Classes,
                new("depth", 8, "Convolutions along the network: 8 or 14, with one or two blocks for each of three widths.") { Numbers = [8, 14] },
                new("dropout", 0.5, "Share of elements zeroed before the classifier when training.") { Min = 0, Max = 0.9 },
                new(
                    "recipe",
                    "clean",
                    "clean: normalisations' statistics move by 0.1 a batch; faithful: as the authors' TensorFlow code has them, by 0.003 a batch, with 0.001 added to the variance.")
                {
                    Words = ["clean", "faithful"],
                },
                new("width", 1, "Multiplies the channels, 16, 24, 32 and 48. The paper has 1 and 1.5.") { Min = 0.25, Max = 8 },
            ])
        {
            CountsStatistics = true,
            Frames = 98,
        },
        Build);

    // TF slim's batch_norm with decay 0.997; enough batches come in the authors' 30,000 steps, not in a short trial.
    private static readonly BatchNormalization Slim = new(1e-3f, 0.003f);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        double width = parameters["width"].AsNumber();
        int blocks = parameters["depth"].AsInteger() == 8 ? 1 : 2;
        BatchNormalization norm = parameters["recipe"].AsText() == "faithful" ? Slim : new();
        var builder = new GraphBuilder("tc-resnet", bands, frames, InitialScheme.Keras);
        string x = builder.Transpose("input.channels", builder.Input, channels: 2, height: 1, width: 3);
        x = builder.Relu("stem.relu", Conv(builder, norm, "stem", x, (int)(StemChannels * width), StemKernel, Size2.One));
        for (int stage = 0; stage < StageChannels.Length; stage++)
        {
            for (int block = 0; block < blocks; block++)
            {
                x = Block(builder, norm, $"stage{stage}.{block}", x, (int)(StageChannels[stage] * width), shortens: block == 0);
            }
        }

        x = builder.GlobalAveragePool("tail.pool", x);
        x = builder.Dropout("tail.dropout", x, (float)parameters["dropout"].AsNumber(), channelwise: false);
        builder.Flatten("logits", builder.Conv("classifier", x, parameters["classes"].AsInteger(), Size2.One));
        return builder.Build();
    }

    private static string Block(GraphBuilder builder, BatchNormalization norm, string name, string x, int channels, bool shortens)
    {
        Size2 strides = shortens ? new(1, 2) : Size2.One;
        string shortcut = shortens ? builder.Relu($"{name}.down.relu", Conv(builder, norm, $"{name}.down", x, channels, Size2.One, strides)) : x;
        x = builder.Relu($"{name}.first.relu", Conv(builder, norm, $"{name}.first", x, channels, Kernel, strides));
        x = Conv(builder, norm, $"{name}.second", x, channels, Kernel, Size2.One);
        return builder.Relu($"{name}.relu", builder.Add($"{name}.sum", x, shortcut));
    }

    private static string Conv(GraphBuilder builder, BatchNormalization norm, string name, string x, int channels, Size2 kernel, Size2 strides) => builder.BatchNormalization(
        $"{name}.norm", builder.Conv(name, x, channels, kernel, strides, builder.SamePads(x, kernel, strides)), settings: norm);
}
