using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>The C functions for convolutions.</summary>
internal enum ConvKernel
{
    /// <summary>kws_conv: one group.</summary>
    Full,

    /// <summary>kws_depthwise: a group a channel.</summary>
    Depthwise,

    /// <summary>kws_plain: anything, slowly.</summary>
    Plain,
}

/// <summary>What the C kernels need and allow; kernels.h says the same.</summary>
internal static class Kernels
{
    /// <summary>Kernel elements of a depthwise convolution, KWS_MAX_TAPS.</summary>
    private const int MaxTaps = 64;

    /// <summary>From this shift on the upper word of a product decides, which is what the fast kernels compute.</summary>
    public const int FirstFastShift = 33;

    /// <summary>Sizes are 16-bit in the operators' descriptions.</summary>
    private const int MaxSize = short.MaxValue;

    /// <summary>The kernel that computes a convolution.</summary>
    public static ConvKernel KernelOf(QuantizedGraph graph, QuantizedConv conv)
    {
        int channels = graph.Tensors[conv.Input].Channels;
        bool oneEach = conv.Group == channels && graph.Tensors[conv.Output].Channels == channels;
        return conv.Multipliers.Any(m => m.Shift < FirstFastShift) ? ConvKernel.Plain
            : oneEach && conv.Kernel.Height * conv.Kernel.Width <= MaxTaps ? ConvKernel.Depthwise
            : conv.Group == 1 ? ConvKernel.Full
            : ConvKernel.Plain;
    }

    /// <summary>Bytes of one output channel's weights; the fast kernel reads whole words.</summary>
    public static int RowBytes(QuantizedGraph graph, QuantizedConv conv)
    {
        int bytes = conv.Kernel.Height * conv.Kernel.Width * graph.Tensors[conv.Input].Channels / conv.Group;
        return KernelOf(graph, conv) == ConvKernel.Full ? (bytes + 3) / 4 * 4 : bytes;
    }

    /// <summary>Scratch memory of an operator.</summary>
    public static int ScratchBytes(QuantizedGraph graph, QuantizedOperator op) => op is not QuantizedConv conv ? 0 : KernelOf(graph, conv) switch
    {
        ConvKernel.Depthwise => graph.Tensors[conv.Input].Channels,
        ConvKernel.Full => 5 * RowBytes(graph, conv),
        _ => 0,
    };

    /// <summary>Bytes of an operator's tables: weights; bias, multiplier and shift of each channel and band, a word each; the entries of a table.</summary>
    public static int ConstantBytes(QuantizedOperator op) => op switch
    {
        QuantizedConv conv => conv.Weights.Length + (conv.Bias.Length * 3 * sizeof(int)),
        QuantizedTable table => table.Table.Length,
        _ => 0,
    };

    /// <summary>Whether the operator's output may begin where one of its inputs begins.</summary>
    public static bool MayOverlap(QuantizedGraph graph, QuantizedOperator op, int input)
    {
        QuantizedTensor from = graph.Tensors[input];
        QuantizedTensor to = graph.Tensors[op.Output];
        return op switch
        {
            QuantizedTable => true,
            QuantizedAdd => from.Size == to.Size,
            QuantizedConv conv => KernelOf(graph, conv) == ConvKernel.Full && conv.Kernel == Size2.One && conv.Strides == Size2.One && conv.Pad == default
                && from.Height == to.Height && from.Width == to.Width && to.Channels <= from.Channels,
            _ => false,
        };
    }

    /// <summary>Refuses what no kernel computes.</summary>
    /// <exception cref="BadInputException">Naming the layer and what to do.</exception>
    public static void Check(QuantizedGraph graph)
    {
        QuantizedTensor? large = graph.Tensors.FirstOrDefault(t => Math.Max(t.Height, Math.Max(t.Width, t.Channels)) > MaxSize);
        if (large is not null)
        {
            throw new BadInputException(
                $"Layer '{large.Name}' makes {large.Height} x {large.Width} x {large.Channels} values. Boards take axes of up to {MaxSize}: choose a smaller model.");
        }
    }
}
