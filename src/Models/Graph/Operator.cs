namespace Pipeline.Models.Graph;

/// <summary>
/// What a node computes. The family is closed: whoever reads a graph (training, quantisation, export, code generation) can switch over all of it.
/// Names, inputs and attributes are ONNX's where ONNX has the operator (opset 17, https://onnx.ai/onnx/operators/).
/// </summary>
public abstract record Operator
{
    private protected Operator()
    {
    }

    /// <summary>The operator's name, for example <c>Conv</c>.</summary>
    public string Name => GetType().Name;

    /// <summary>Whether each output element depends on the elements at its own place alone, so that it can be computed in place.</summary>
    public virtual bool IsElementwise => false;
}

/// <summary>
/// Convolution over height and width. Inputs: X [N, C, H, W], weight [M, C/group, kH, kW] and, where there is one, bias [M]. Cross-correlation,
/// as everywhere in deep learning.
/// </summary>
/// <param name="Group">Groups that channels fall into; C for a depthwise convolution.</param>
/// <param name="Strides">Steps.</param>
/// <param name="Pads">Zeros around the input.</param>
/// <param name="Dilations">Distance between neighbouring kernel elements.</param>
public sealed record Conv(int Group, Size2 Strides, Pads Pads, Size2 Dilations) : Operator;

/// <summary>
/// Normalisation by the statistics of each channel: of the batch when training, running ones else. Inputs: X, scale, bias, running mean,
/// running variance, each but X of [C].
/// </summary>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">Weight of the new batch in the running statistics (PyTorch's meaning: ONNX's is one minus it).</param>
public sealed record BatchNormalization(float Epsilon = 1e-5f, float Momentum = 0.1f) : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>
/// Batch normalisation of each channel's frequency sub-bands apart (Chang et al. 2021; models.md 3.4): [N, C, F, T] seen as
/// [N, C·groups, F/groups, T], channel-major. Inputs as of <see cref="BatchNormalization"/>, each but X of [C·groups].
/// </summary>
/// <param name="Groups">Sub-bands; F is a multiple of it.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">Weight of the new batch in the running statistics.</param>
public sealed record SubSpectralNorm(int Groups, float Epsilon = 1e-5f, float Momentum = 0.1f) : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>max(x, 0).</summary>
public sealed record Relu : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>x · sigmoid(x), also called swish.</summary>
public sealed record Silu : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>Sum of two inputs; an axis of size 1 is repeated along the other's.</summary>
public sealed record Add : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>
/// Zeroes a share of the input when training, and scales the rest so that the mean stays; passes it on unchanged else.
/// </summary>
/// <param name="Probability">The share zeroed, in [0, 1).</param>
/// <param name="Channelwise">Whether a whole channel of an example is zeroed at once.</param>
public sealed record Dropout(float Probability, bool Channelwise) : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>Mean over the height (for spectrograms, frequency), which stays as an axis of size 1: ONNX's ReduceMean with axes [2] and keepdims 1.</summary>
public sealed record ReduceMeanHeight : Operator;

/// <summary>Mean over height and width, which stay as axes of size 1.</summary>
public sealed record GlobalAveragePool : Operator;

/// <summary>[N, C, H, W] to [N, C·H·W].</summary>
public sealed record Flatten : Operator;

/// <summary>Exchanges height and width: ONNX's Transpose with perm [0, 1, 3, 2].</summary>
public sealed record TransposeHeightWidth : Operator;

/// <summary>Fully connected layer: Y = X · weightᵀ + bias. Inputs: X [N, K], weight [M, K], bias [M]. ONNX's Gemm with transB 1.</summary>
public sealed record Gemm : Operator;

/// <summary>A pair of values for height and width.</summary>
public readonly record struct Size2(int Height, int Width)
{
    /// <summary>One for both.</summary>
    public static Size2 One { get; } = new(1, 1);
}

/// <summary>Zeros put around height and width.</summary>
public readonly record struct Pads(int Top, int Left, int Bottom, int Right)
{
    /// <summary>As many zeros on either side.</summary>
    public static Pads Symmetric(int height, int width) => new(height, width, height, width);

    /// <summary>TensorFlow's SAME: the output has ceil(input / stride) elements, and an odd zero goes to the end.</summary>
    public static Pads Same(Size2 input, Size2 kernel, Size2 strides)
    {
        int height = Total(input.Height, kernel.Height, strides.Height);
        int width = Total(input.Width, kernel.Width, strides.Width);
        return new(height / 2, width / 2, height - (height / 2), width - (width / 2));
    }

    /// <summary>Whether either side has as many.</summary>
    public bool IsSymmetric => Top == Bottom && Left == Right;

    private static int Total(int input, int kernel, int stride)
    {
        int output = (input + stride - 1) / stride;
        return Math.Max(((output - 1) * stride) + kernel - input, 0);
    }
}
