using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// What PLB is made of (models.md 5.3). Layers that the model uses several times share their weights: the CBAM, the attention's scale and the tokens'
/// spatial gate. Maps are [1, 64, time, coefficients], tokens [1, 1, tokens, 64].
/// </summary>
internal sealed class PlbBlocks(GraphBuilder builder, PlbSettings settings)
{
    private const int Channels = 64;
    private const int Squeezed = 32;
    private const int CapsuleChannels = 384;
    private const int Capsules = 6;
    private const int Routings = 3;

    // Keras' defaults; its momentum is the weight of the old statistics.
    private static readonly BatchNormalization KerasNorm = new(1e-3f, 0.01f);

    /// <summary>Convolution 3 x 3, normalisation, ELU, halving and dropout.</summary>
    public string Convolution(string name, string x, int dilation)
    {
        x = builder.Conv($"{name}.conv", x, Channels, new(3, 3), dilations: new(dilation, dilation), bias: true);
        if (settings.Faithful)
        {
            x = builder.BatchNormalization($"{name}.norm", builder.Transpose($"{name}.rows", x, 2, 1, 3), settings: KerasNorm);
            x = builder.Transpose($"{name}.channels", x, 2, 1, 3);
        }
        else
        {
            x = builder.BatchNormalization($"{name}.norm", x, settings: KerasNorm);
        }

        x = builder.AveragePool($"{name}.pool", builder.Elu($"{name}.elu", x), new(2, 2));
        return builder.Dropout($"{name}.dropout", x, settings.Dropout, channelwise: true);
    }

    /// <summary>The map plus what the convolutional block attention (Woo et al. 2018) makes of it: gates for channels, then for places.</summary>
    public string Cbam(string name, string x)
    {
        if (!settings.Has(PlbPart.Cbam))
        {
            return x;
        }

        string means = builder.GlobalAveragePool($"{name}.means", x);
        string peaks = builder.ReduceMax($"{name}.peaks", builder.ReduceMax($"{name}.rowPeaks", x, 3), 2);
        string both = builder.Concat($"{name}.summaries", 3, means, peaks);
        both = builder.Relu($"{name}.relu", builder.Conv($"{name}.squeeze", both, Squeezed, Size2.One, bias: true, weights: "cbam.squeeze"));
        both = builder.Conv($"{name}.excite", both, Channels, Size2.One, bias: true, weights: "cbam.excite");
        string gate = builder.Sigmoid($"{name}.channelGate", builder.ReduceSum($"{name}.sum", both, 3));
        string gated = SpatiallyGated($"{name}.spatial", builder.Mul($"{name}.gated", x, gate), "cbam.spatial");
        return builder.Add($"{name}.residual", x, gated);
    }

    /// <summary>The tokens, seen as a map of one channel, plus what the spatial gate leaves of them.</summary>
    public string TokenGate(string name, string tokens) => settings.Has(PlbPart.TokenGate)
        ? builder.Add($"{name}.residual", tokens, SpatiallyGated(name, tokens, "tokens.spatial"))
        : tokens;

    /// <summary>softmax(scale · query · keys) · values; keys are transposed already.</summary>
    public string Attention(string name, string query, string keys, string values)
    {
        string scores = builder.Scale($"{name}.scaled", builder.MatMul($"{name}.scores", query, keys), "attention");
        return builder.MatMul($"{name}.attended", builder.Softmax($"{name}.softmax", scores, 3), values);
    }

    /// <summary>The forward map plus, at each time, what it attends to among the backward map's coefficients.</summary>
    public string CrossAttention(string forward, string backward)
    {
        string query = builder.Transpose("cross.query", forward, 2, 3, 1);
        string keys = builder.Transpose("cross.keys", backward, 2, 1, 3);
        string attended = Attention("cross", query, keys, builder.Transpose("cross.values", backward, 2, 3, 1));
        return builder.Add("cross.residual", forward, builder.Transpose("cross.map", attended, 3, 1, 2));
    }

    /// <summary>Squashed tokens of 64 from a map.</summary>
    public string PrimaryCapsules(string x)
    {
        if (settings.Has(PlbPart.Separable))
        {
            x = builder.DepthwiseConv("primary.depthwise", x, new(3, 3), dilations: new(2, 2), bias: true);
            x = builder.Conv("primary.pointwise", x, CapsuleChannels, Size2.One, bias: true);
        }

        string last = builder.Transpose("primary.last", x, 2, 3, 1);
        return builder.Squash("primary.squash", builder.Reshape("primary.tokens", last, 1, builder.ShapeOf(x).Elements / Channels, Channels));
    }

    /// <summary>Capsules [1, 6, 1, 64] by agreement with the tokens' votes (Sabour et al. 2017).</summary>
    public string Route(string tokens)
    {
        int count = builder.ShapeOf(tokens)[2];
        string votes = builder.Project("routing.votes", tokens, Capsules * Channels);
        votes = builder.Transpose("routing.byCapsule", builder.Reshape("routing.split", votes, count, Capsules, Channels), 2, 1, 3);

        // All logits begin as 0: every vote counts the same, and as the length is made 1 afterwards, the mean does for the sum.
        string capsules = builder.ReduceMean("routing0.sum", votes, 2);
        string? logits = null;
        for (int i = 1; i < Routings; i++)
        {
            string agreed = builder.TransposeHeightWidth($"routing{i}.unit", builder.LpNormalization($"routing{i}.normal", capsules));
            string agreement = builder.MatMul($"routing{i}.agreement", votes, agreed);
            logits = logits is null || settings.Faithful ? agreement : builder.Add($"routing{i}.logits", logits, agreement);
            string shares = builder.TransposeHeightWidth($"routing{i}.shares", builder.Softmax($"routing{i}.softmax", logits, 1));
            capsules = builder.MatMul($"routing{i}.sum", shares, votes);
        }

        return builder.Squash("routing.squash", capsules);
    }

    /// <summary>x times a gate for each place, made from the mean and the greatest over the channels there.</summary>
    private string SpatiallyGated(string name, string x, string weights)
    {
        string summaries = builder.Concat($"{name}.summaries", 1, builder.ReduceMean($"{name}.mean", x, 1), builder.ReduceMax($"{name}.peak", x, 1));
        string gate = builder.Conv($"{name}.conv", summaries, 1, new(7, 7), pads: Pads.Symmetric(3, 3), weights: $"{weights}.conv");

        // PyTorch's 0.01 for the weight of a batch is Keras' 0.99; the authors gave Keras 0.01.
        var norm = new BatchNormalization(1e-5f, settings.Faithful ? 0.99f : 0.01f);
        gate = builder.BatchNormalization($"{name}.norm", gate, settings: norm, weights: $"{weights}.norm");
        return builder.Mul($"{name}.gated", x, builder.Sigmoid($"{name}.sigmoid", builder.Relu($"{name}.relu", gate)));
    }
}
