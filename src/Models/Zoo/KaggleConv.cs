using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// Two entries for Kaggle's TensorFlow Speech Recognition Challenge of 2018 (models.md 7.4), after Sainath and Parada, "Convolutional neural networks for
/// small-footprint keyword spotting", Interspeech 2015: two convolutions over time × frequency, unpadded, and one fully connected layer.
/// </summary>
internal static class KaggleConv
{
    private static readonly Size2 FirstKernel = new(20, 8);
    private static readonly Size2 SecondKernel = new(10, 4);
    private static readonly Size2 Window = new(1, 3);

    public static ZooModel Simple { get; } = Of("kaggle-simple-conv", 64, "two unpadded convolutions of 64 channels, of 20x8 and 10x4");

    public static ZooModel Bigger { get; } = Of("kaggle-bigger-conv", 128, "as kaggle-simple-conv with 128 channels; above the contest's 5 MB in float32");

    private static ZooModel Of(string name, int channels, string doc) => new(
        new ModelInfo(name, $"Kaggle's speech challenge of 2018: {doc}.", [ModelZoo.Classes])
        {
            Frames = 98,
        },
        (parameters, bands, frames) => Build(name, channels, parameters["classes"].AsInteger(), bands, frames));

    private static Graph.Graph Build(string name, int channels, int classes, int bands, int frames)
    {
        int leastBands = FirstKernel.Width - 1 + (Window.Width * SecondKernel.Width);
        ModelZoo.Need(name, bands, frames, leastBands, FirstKernel.Height + SecondKernel.Height - 1);
        var builder = new GraphBuilder(name, bands, frames, InitialScheme.Keras);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        x = builder.Relu("first.relu", builder.Conv("first", x, channels, FirstKernel, bias: true));
        x = builder.MaxPool("first.pool", x, Window);
        x = builder.Relu("second.relu", builder.Conv("second", x, channels, SecondKernel, bias: true));
        builder.Gemm("classifier", builder.Flatten("flatten", x), classes);
        return builder.Build();
    }
}
