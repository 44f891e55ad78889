using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.Tests;

/// <summary>Random graphs whose sizes are odd on purpose: channels that fill no word, kernels that reach over the edge, strides that leave a rest.</summary>
internal static class RandomGraph
{
    private const int Steps = 7;

    public static QuantizedGraph Quantized(ulong seed) => RandomModel.Quantize(Of(seed), seed, clips: 2);

    private static Graph Of(ulong seed)
    {
        var random = StableRandom.For(seed, "graph");
        var builder = new GraphBuilder($"random{seed}", 5 * (1 + random.NextInt(3)), 4 + random.NextInt(9));
        string x = random.NextInt(4) == 0 ? builder.Transpose("bands", builder.Input, channels: 2, height: 1, width: 3) : builder.Input;
        x = builder.Conv("stem", x, 1 + random.NextInt(9), new(3, 3), pads: Pads.Symmetric(1, 1), bias: true);
        for (int i = 0; i < Steps; i++)
        {
            x = Step(builder, $"step{i}", x, random);
        }

        if (random.NextInt(2) == 0)
        {
            x = builder.GlobalAveragePool("pool", x);
        }

        builder.Gemm("classifier", builder.Flatten("flatten", x), 2 + random.NextInt(11));
        return builder.Build();
    }

    private static string Step(GraphBuilder builder, string name, string x, StableRandom random) => random.NextInt(10) switch
    {
        0 => builder.Relu(name, Pointwise(builder, name, x, random)),
        1 => builder.Silu(name, builder.BatchNormalization($"{name}.norm", Pointwise(builder, name, x, random))),
        2 => Wide(builder, name, x, random),
        3 => Depthwise(builder, name, x, random),
        4 => SubSpectral(builder, name, x),
        5 => Residual(builder, name, x, random),
        6 => builder.TransposeHeightWidth(name, x),
        7 => Grouped(builder, name, x, random),
        8 => Pool(builder, name, x, random),
        _ => builder.Relu(name, builder.BatchNormalization($"{name}.norm", x)),
    };

    private static string Pointwise(GraphBuilder builder, string name, string x, StableRandom random) =>
        builder.Conv($"{name}.conv", x, 1 + random.NextInt(12), Size2.One, bias: random.NextInt(2) == 0);

    private static string Wide(GraphBuilder builder, string name, string x, StableRandom random)
    {
        Size2 kernel = new(1 + random.NextInt(4), 1 + random.NextInt(4));
        Size2 strides = new(1 + random.NextInt(2), 1 + random.NextInt(2));
        Size2 input = new(builder.ShapeOf(x)[2], builder.ShapeOf(x)[3]);
        return builder.Conv($"{name}.conv", x, 1 + random.NextInt(7), kernel, strides, Pads.Same(input, kernel, strides));
    }

    private static string Grouped(GraphBuilder builder, string name, string x, StableRandom random)
    {
        int channels = builder.ShapeOf(x)[1];
        int groups = Enumerable.Range(1, 3).Last(g => channels % g == 0);
        return builder.Conv($"{name}.conv", x, groups * (1 + random.NextInt(4)), new(3, 2), pads: Pads.Symmetric(1, 1), group: groups);
    }

    private static string Depthwise(GraphBuilder builder, string name, string x, StableRandom random) => random.NextInt(2) == 0
        ? builder.DepthwiseConv($"{name}.conv", x, new(3, 1), new(1 + random.NextInt(2), 1), Pads.Symmetric(1, 0))
        : builder.DepthwiseConv($"{name}.conv", x, new(1, 3), pads: Pads.Symmetric(0, 2), dilations: new(1, 2), bias: true);

    private static string Pool(GraphBuilder builder, string name, string x, StableRandom random)
    {
        int height = 1 + random.NextInt(Math.Min(builder.ShapeOf(x)[2], 2));
        return builder.MaxPool(name, x, new(height, 1 + random.NextInt(Math.Min(builder.ShapeOf(x)[3], 3))));
    }

    private static string SubSpectral(GraphBuilder builder, string name, string x)
    {
        int groups = Enumerable.Range(1, 5).Last(g => builder.ShapeOf(x)[2] % g == 0);
        return builder.SubSpectralNorm($"{name}.norm", builder.DepthwiseConv($"{name}.conv", x, new(3, 3), pads: Pads.Symmetric(1, 1)), groups);
    }

    private static string Residual(GraphBuilder builder, string name, string x, StableRandom random)
    {
        string wide = builder.Conv($"{name}.wide", x, builder.ShapeOf(x)[1], Size2.One);
        string narrow = builder.Silu($"{name}.silu", builder.ReduceMeanHeight($"{name}.mean", wide));
        string sum = builder.Add($"{name}.broadcast", wide, narrow);
        return random.NextInt(2) == 0 ? sum : builder.Relu($"{name}.relu", builder.Add($"{name}.shortcut", sum, x));
    }
}
