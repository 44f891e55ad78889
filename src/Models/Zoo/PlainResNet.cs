using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// The networks without broadcasting that table 2 of the BC-ResNet paper compares with, in its stages. The paper gives parameters, rounded, and no
/// structure; these have them: 27,300 (27.3k) over time at twice the width, 7,944 (7.9k) over both axes, 9,416 (9.4k) with sub-spectral normalisation.
/// A block is a depthwise convolution, a normalisation, x · sigmoid(x), a 1 × 1 convolution and the sum with its input.
/// </summary>
internal static class PlainResNet
{
    /// <summary>The variant whose frequencies are channels.</summary>
    public const string OverTime = "resnet-1d";

    private const string SubSpectral = "resnet-2d-ssn";

    /// <summary>The variants' names.</summary>
    public static IReadOnlyList<string> Variants { get; } = [OverTime, "resnet-2d", SubSpectral];

    /// <summary>One residual block; without the sum where the number of channels changes, as BC-ResNet's.</summary>
    public static string Block(GraphBuilder builder, string name, string x, int channels, int stride, int dilation, float dropout, string variant)
    {
        bool transition = builder.ShapeOf(x)[1] != channels;
        bool flat = variant == OverTime;
        string y = builder.DepthwiseConv(
            $"{name}.depthwise",
            BcResNet.Expand(builder, name, x, channels),
            new(flat ? 1 : 3, 3),
            flat ? null : new(stride, 1),
            Pads.Symmetric(flat ? 0 : 1, dilation),
            new(1, dilation));
        y = variant == SubSpectral
            ? builder.SubSpectralNorm($"{name}.norm", y, BcResNet.SubBands)
            : builder.BatchNormalization($"{name}.norm", y);
        y = builder.Conv($"{name}.mix", builder.Silu($"{name}.silu", y), channels, Size2.One);
        y = builder.Dropout($"{name}.dropout", y, dropout, channelwise: true);
        return builder.Relu($"{name}.relu", transition ? y : builder.Add($"{name}.sum", y, x));
    }
}
