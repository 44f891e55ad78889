using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// DS-CNN (Zhang et al., "Hello Edge: keyword spotting on microcontrollers", 2017; models.md 8): a convolution and depthwise separable blocks over
/// time × frequency, every convolution with a bias and SAME padding.
/// </summary>
internal static class DsCnn
{
    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "ds-cnn",
            "DS-CNN (Zhang et al. 2017, Hello Edge): depthwise separable convolutions; size s is MLPerf Tiny's keyword spotting model.",
            [
                ModelZoo.Classes,
                new("dropout", 0.4, "Share of elements zeroed before the pooling when training; half of it after the first convolution.") { Min = 0, Max = 0.9 },
                new("size", "s", "Channels and blocks: s 64 x 4, m 172 x 4, l 276 x 5.") { Words = ["s", "m", "l"] },
            ])
        {
            CountsStatistics = true,
            Bands = 10,
            Frames = 49,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        (int channels, int blocks, Size2 stemStrides, Size2 firstStrides) = parameters["size"].AsText() switch
        {
            "s" => (64, 4, new Size2(2, 2), Size2.One),
            "m" => (172, 4, new Size2(2, 1), new Size2(2, 2)),
            _ => (276, 5, new Size2(2, 1), new Size2(2, 2)),
        };
        float dropout = (float)parameters["dropout"].AsNumber();
        var builder = new GraphBuilder("ds-cnn", bands, frames);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        x = builder.Conv("stem.conv", x, channels, new(10, 4), stemStrides, builder.SamePads(x, new(10, 4), stemStrides), bias: true);
        x = builder.Relu("stem.relu", builder.BatchNormalization("stem.norm", x));
        x = builder.Dropout("stem.dropout", x, dropout / 2, channelwise: false);
        for (int block = 0; block < blocks; block++)
        {
            Size2 strides = block == 0 ? firstStrides : Size2.One;
            string name = $"block{block}";
            x = builder.DepthwiseConv($"{name}.depthwise", x, new(3, 3), strides, builder.SamePads(x, new(3, 3), strides), bias: true);
            x = builder.Relu($"{name}.depthwise.relu", builder.BatchNormalization($"{name}.depthwise.norm", x));
            x = builder.Conv($"{name}.pointwise", x, channels, Size2.One, bias: true);
            x = builder.Relu($"{name}.pointwise.relu", builder.BatchNormalization($"{name}.pointwise.norm", x));
        }

        x = builder.Dropout("tail.dropout", x, dropout, channelwise: false);
        x = builder.Flatten("tail.flatten", builder.GlobalAveragePool("tail.pool", x));
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }
}
