using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// res8, res15 and res26 (Tang and Lin, "Deep residual learning for small-footprint keyword spotting", ICASSP 2018; models.md 8): 3 × 3 convolutions
/// over time × frequency without bias, a sum after every second one, and normalisations without learned scale and shift.
/// </summary>
internal static class Res
{
    private static readonly Size2 Kernel = new(3, 3);

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "res",
            "Deep residual learning (Tang and Lin 2018): res8, res15 and res26, and their narrow forms.",
            [
                ModelZoo.Classes,
                new("depth", 15, "Layers: 8 averages over 4x3 after the first convolution, 15 dilates, 26 averages over 2x2.") { Numbers = [8, 15, 26] },
                new("narrow", false, "Whether 19 channels instead of 45."),
            ]),
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        (int layers, Size2 window, bool dilated) = parameters["depth"].AsInteger() switch
        {
            8 => (6, new Size2(4, 3), false),
            15 => (13, Size2.One, true),
            _ => (24, new Size2(2, 2), false),
        };
        ModelZoo.Need("res", bands, frames, window.Width, window.Height);
        var builder = new GraphBuilder("res", bands, frames);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        x = Conv(builder, "stem", x, parameters["narrow"].AsSwitch() ? 19 : 45, 1);
        x = window == Size2.One ? x : builder.AveragePool("stem.pool", x, window);
        string past = x;
        for (int i = 0; i < layers; i++)
        {
            string name = $"layer{i}";
            x = Conv(builder, name, x, builder.ShapeOf(past)[1], dilated ? 1 << (i / 3) : 1);
            if (i % 2 == 1)
            {
                x = past = builder.Add($"{name}.sum", x, past);
            }

            x = builder.BatchNormalization($"{name}.norm", x, affine: false);
        }

        x = builder.Flatten("tail.flatten", builder.GlobalAveragePool("tail.pool", x));
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }

    private static string Conv(GraphBuilder builder, string name, string x, int channels, int dilation) => builder.Relu(
        $"{name}.relu", builder.Conv(name, x, channels, Kernel, pads: Pads.Symmetric(dilation, dilation), dilations: new(dilation, dilation)));
}
