using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// The third entry for Kaggle's TensorFlow Speech Recognition Challenge (models.md 7.4): four unpadded convolutions of 3 × 3 over time × frequency.
/// In its published code the second reads the input again, so that the first is never used.
/// </summary>
internal static class KaggleDeeperConv
{
    private const string Name = "kaggle-deeper-conv";

    // Two convolutions, a pooling by 3, two convolutions and a pooling by 3, which keep one element.
    private const int LeastExtent = 4 + (3 * (4 + 3));

    private static readonly Size2 Three = new(3, 3);

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            Name,
            "Kaggle's speech challenge of 2018: four unpadded 3x3 convolutions of 128 and 256 channels.",
            [
                new("as", "intended", "The chain as intended, or as committed: its second convolution reads the input, and the first one's weights lie idle.")
                {
                    Words = ["committed", "intended"],
                },
                ModelZoo.Classes,
            ])
        {
            Frames = 98,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        bool committed = parameters["as"].AsText() == "committed";
        ModelZoo.Need(Name, bands, frames, LeastExtent, LeastExtent);
        var builder = new GraphBuilder(Name, bands, frames, InitialScheme.Keras);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        if (committed)
        {
            builder.UnreadConv("first", inputs: 1, 128, Three);
        }
        else
        {
            x = Conv(builder, "first", x, 128);
        }

        x = builder.MaxPool("second.pool", Conv(builder, "second", x, 128), Three);
        x = Conv(builder, "fourth", Conv(builder, "third", x, 256), 256);
        x = builder.MaxPool("fourth.pool", x, Three);
        builder.Gemm("classifier", builder.Flatten("flatten", x), parameters["classes"].AsInteger());
        return builder.Build();
    }

    private static string Conv(GraphBuilder builder, string name, string x, int channels) =>
        builder.Relu($"{name}.relu", builder.Conv(name, x, channels, Three, bias: true));
}
