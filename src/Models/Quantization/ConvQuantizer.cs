using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Reference;

namespace Pipeline.Models.Quantization;

/// <summary>Quantises a convolution or fully connected layer with the sub-spectral normalisation that follows it.</summary>
internal static class ConvQuantizer
{
    // The accumulator is bias + sum of (q - zero point) · weight: each part is held below 2^30, so that it never leaves 32 bits.
    private const double MaxBias = 1 << 30;
    private const int MaxWeightSum = (1 << 30) / 255;

    public static QuantizedConv Quantize(
        FusedStep step,
        Graph.Graph graph,
        IReadOnlyDictionary<string, float[]> weights,
        (int Index, QuantizedTensor Tensor) from,
        (int Index, QuantizedTensor Tensor) to,
        int min)
    {
        // A fully connected layer is a convolution whose kernel covers the whole input.
        var conv = step.Head.Operator as Conv ?? new Conv(1, Size2.One, default, Size2.One);
        TensorShape shape = step.Head.Operator is Conv
            ? graph.Initializer(step.Head.Inputs[1]).Shape
            : new TensorShape(to.Tensor.Channels, from.Tensor.Channels, from.Tensor.Height, from.Tensor.Width);
        int perOutput = shape.Elements / shape[0];
        (float[] gain, float[] shift, int bands) = Norm(step, weights, shape[0]);
        float[] values = ChannelsLast(weights[step.Head.Inputs[1]], shape);
        float[] biases = weights[step.Head.Inputs[2]];
        var quantized = new sbyte[values.Length];
        var bias = new int[shape[0] * bands];
        var multipliers = new FixedPointMultiplier[shape[0] * bands];
        for (int c = 0; c < shape[0]; c++)
        {
            double scale = QuantizeWeights(values.AsSpan(c * perOutput, perOutput), quantized.AsSpan(c * perOutput, perOutput));
            CheckSum(step.Head, quantized.AsSpan(c * perOutput, perOutput));
            for (int i = c * bands; i < (c + 1) * bands; i++)
            {
                (bias[i], multipliers[i]) = Rescale(gain[i] * scale * from.Tensor.Scale, (gain[i] * (double)biases[c]) + shift[i], to.Tensor.Scale);
            }
        }

        return new QuantizedConv(step.Last.Name, from.Index, to.Index)
        {
            Kernel = new(shape[2], shape[3]),
            Strides = conv.Strides,
            Dilations = conv.Dilations,
            Pad = new(conv.Pads.Top, conv.Pads.Left),
            Group = conv.Group,
            Weights = [.. quantized],
            SubBands = bands,
            Bias = [.. bias],
            Multipliers = [.. multipliers],
            Min = min,
        };
    }

    private static void CheckSum(Node layer, ReadOnlySpan<sbyte> weights)
    {
        int sum = 0;
        foreach (sbyte weight in weights)
        {
            sum += Math.Abs((int)weight);
        }

        if (sum > MaxWeightSum)
        {
            throw new BadInputException(
                $"Layer '{layer.Name}' has an output whose {weights.Length} int8 weights add up to {sum}; arithmetic in 32 bits takes {MaxWeightSum}. "
                + "Choose a smaller layer.");
        }
    }

    private static (float[] Gain, float[] Shift, int Bands) Norm(FusedStep step, IReadOnlyDictionary<string, float[]> weights, int channels)
    {
        if (step.Norm is not { Operator: SubSpectralNorm norm } node)
        {
            return ([.. Enumerable.Repeat(1f, channels)], new float[channels], 1);
        }

        (float[] gain, float[] shift) = NormAffine.Of(
            weights[node.Inputs[1]], weights[node.Inputs[2]], weights[node.Inputs[3]], weights[node.Inputs[4]], norm.Epsilon);
        return (gain, shift, norm.Groups);
    }

    /// <summary>[out, in, height, width] to [out, height, width, in].</summary>
    private static float[] ChannelsLast(float[] weights, TensorShape shape)
    {
        int area = shape[2] * shape[3];
        var moved = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            int inOutput = i % (shape[1] * area);
            moved[i - inOutput + (inOutput % area * shape[1]) + (inOutput / area)] = weights[i];
        }

        return moved;
    }

    /// <summary>Quantises one output channel's weights and returns their scale.</summary>
    private static double QuantizeWeights(ReadOnlySpan<float> weights, Span<sbyte> quantized)
    {
        double greatest = 0;
        foreach (float weight in weights)
        {
            greatest = Math.Max(greatest, Math.Abs((double)weight));
        }

        double scale = greatest > 0 ? greatest / 127 : 1;
        for (int i = 0; i < weights.Length; i++)
        {
            quantized[i] = (sbyte)Math.Round(weights[i] / scale, MidpointRounding.AwayFromZero);
        }

        return scale;
    }

    /// <summary>
    /// Bias and multiplier for output = (accumulator · unit + offset) / scale. Where the unit is so small that the bias would leave its range (a
    /// channel that has died), the unit is taken greater: the accumulator then moves the output by less than 2^-8 of the offset, for kernels of up to 128 products.
    /// </summary>
    private static (int Bias, FixedPointMultiplier Multiplier) Rescale(double unit, double offset, double scale)
    {
        if (Math.Abs(offset) > Math.Abs(unit) * MaxBias)
        {
            unit = Math.CopySign(Math.Abs(offset) / MaxBias, unit);
        }

        int bias = unit == 0 ? 0 : (int)Math.Round(offset / unit, MidpointRounding.AwayFromZero);
        return (bias, FixedPointMultiplier.From(unit / scale));
    }
}
