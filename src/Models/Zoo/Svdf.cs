using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// SVDF (Nakkiran et al. 2015; sizes of Google's streaming library, Rybakov et al. 2020, from its published experiments): layers whose weights over
/// frequency and time are a product, that is a dense layer of each frame, a convolution of each unit over time, max(x, 0) and a projection. 354,444
/// parameters for 30 coefficients x 49 frames and 12 classes (354K published); 32,716 for the small one with 40 coefficients (32K published).
/// </summary>
internal static class Svdf
{
    private static readonly int[] Memory = [4, 10, 10, 10, 10, 10];

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "svdf",
            "SVDF in six layers (Nakkiran et al. 2015, Rybakov et al. 2020): keywords from 30 MFCCs x 49 frames, at least 49.",
            [ModelZoo.Classes, new("size", "full", "full: 354K parameters; small: 32K.") { Words = ["full", "small"] }])
        {
            Bands = 30,
            Frames = 49,
        },
        Build);

    private static (int[] Units, int[] Projections) Sizes(string size) => size == "full"
        ? ([256, 256, 256, 256, 256, 256], [128, 128, 128, 128, 128])
        : ([16, 32, 32, 32, 64, 128], [40, 40, 64, 64, 64]);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        ModelZoo.Need("svdf", bands, frames, 1, 1 + Memory.Sum(static m => m - 1));
        (int[] units, int[] projections) = Sizes(parameters["size"].AsText());
        var builder = new GraphBuilder("svdf", bands, frames, InitialScheme.Keras);
        string x = builder.Transpose("input.channels", builder.Input, 2, 1, 3);
        for (int i = 0; i < Memory.Length; i++)
        {
            x = builder.DepthwiseConv($"layer{i}.time", builder.Conv($"layer{i}.frequency", x, units[i], Size2.One), new(1, Memory[i]), bias: true);
            x = builder.Relu($"layer{i}.relu", x);
            x = i < projections.Length ? builder.Conv($"layer{i}.projection", x, projections[i], Size2.One, bias: true) : x;
        }

        builder.Gemm("classifier", builder.Flatten("tail.flatten", x), parameters["classes"].AsInteger());
        return builder.Build();
    }
}
