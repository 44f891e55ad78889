using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// KWT (Berg et al., "Keyword transformer: a self-attention model for keyword spotting", Interspeech 2021; models.md 8): each frame is a token,
/// a learned one stands before them, and layers of attention and two dense layers normalise what they have added.
/// </summary>
internal static class Kwt
{
    private const int HeadWidth = 64;
    private const float Epsilon = 1e-6f;

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "kwt",
            "KWT (Berg et al. 2021): a transformer over frames; the paper takes 98 frames of 40 MFCC.",
            [
                ModelZoo.Classes,
                new("layers", 12, "Layers of attention and dense layers.") { Min = 1, Max = 48, Whole = true },
                new("size", 1, "KWT-1, 2 or 3: that many heads of 64 values each.") { Numbers = [1, 2, 3] },
            ])
        {
            Frames = 98,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        int heads = parameters["size"].AsInteger();
        var builder = new GraphBuilder("kwt", bands, frames, InitialScheme.Keras);
        string x = builder.Dense("embedding", builder.TransposeHeightWidth("input.transpose", builder.Input), heads * HeadWidth);
        x = builder.AddRows("positions", builder.PrependRow("token", x));
        for (int i = 0; i < parameters["layers"].AsInteger(); i++)
        {
            x = Normalize(builder, $"layer{i}.attention", x, Attend(builder, $"layer{i}.attention", x, heads));
            string wide = builder.Gelu($"layer{i}.mlp.gelu", builder.Dense($"layer{i}.mlp.wide", x, 4 * heads * HeadWidth));
            x = Normalize(builder, $"layer{i}.mlp", x, builder.Dense($"layer{i}.mlp.narrow", wide, heads * HeadWidth));
        }

        x = builder.LayerNormalization("head.norm", builder.FirstRow("head.token", x), Epsilon);
        builder.Gemm("classifier", builder.Flatten("head.flatten", x), parameters["classes"].AsInteger());
        return builder.Build();
    }

    private static string Normalize(GraphBuilder builder, string name, string x, string added) =>
        builder.LayerNormalization($"{name}.norm", builder.Add($"{name}.residual", x, added), Epsilon);

    /// <summary>Attention of [1, 1, tokens, width]; each head sees its own 64 values of the width.</summary>
    private static string Attend(GraphBuilder builder, string name, string x, int heads)
    {
        TensorShape shape = builder.ShapeOf(x);
        string query = Heads(builder, $"{name}.query", x, heads);
        string key = Heads(builder, $"{name}.key", x, heads);
        string value = Heads(builder, $"{name}.value", x, heads);
        string scores = builder.MatMul($"{name}.scores", query, builder.TransposeHeightWidth($"{name}.key.turned", key));
        string shares = builder.Softmax($"{name}.shares", builder.ScaleBy($"{name}.scale", scores, 1 / Math.Sqrt(HeadWidth)), axis: 3);
        string mixed = builder.Transpose($"{name}.mixed.tokens", builder.MatMul($"{name}.mixed", shares, value), channels: 2, height: 1, width: 3);
        return builder.Dense($"{name}.output", builder.Reshape($"{name}.joined", mixed, 1, shape[2], shape[3]), shape[3]);
    }

    /// <summary>[1, 1, tokens, width] to [1, heads, tokens, 64].</summary>
    private static string Heads(GraphBuilder builder, string name, string x, int heads)
    {
        TensorShape shape = builder.ShapeOf(x);
        string split = builder.Reshape($"{name}.split", builder.Project(name, x, shape[3]), shape[2], heads, HeadWidth);
        return builder.Transpose($"{name}.heads", split, channels: 2, height: 1, width: 3);
    }
}
