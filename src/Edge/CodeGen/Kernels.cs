using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>What the C kernels need and allow; kernels.h says the same.</summary>
internal static class Kernels
{
    /// <summary>Kernel elements of a depthwise convolution, KWS_MAX_TAPS.</summary>
    private const int MaxTaps = 64;

    /// <summary>Sizes are 16-bit in the operators' descriptions.</summary>
    private const int MaxSize = short.MaxValue;

    /// <summary>Whether the convolution has a kernel of its own for channels that do not mix.</summary>
    public static bool IsDepthwise(QuantizedGraph graph, QuantizedConv conv) => conv.Group > 1
        || (graph.Tensors[conv.Input].Channels == 1 && graph.Tensors[conv.Output].Channels == 1);

    /// <summary>Bytes of one output channel's weights, padded to whole words.</summary>
    public static int RowBytes(QuantizedGraph graph, QuantizedConv conv) =>
        ((conv.Kernel.Height * conv.Kernel.Width * graph.Tensors[conv.Input].Channels) + 3) / 4 * 4;

    /// <summary>Scratch memory of an operator.</summary>
    public static int ScratchBytes(QuantizedGraph graph, QuantizedOperator op) => op switch
    {
        QuantizedConv conv when IsDepthwise(graph, conv) => graph.Tensors[conv.Input].Channels,
        QuantizedConv conv => 5 * RowBytes(graph, conv),
        _ => 0,
    };

    /// <summary>Bytes of an operator's tables: weights; bias, multiplier and shift of each channel and band; the entries of a table.</summary>
    public static int ConstantBytes(QuantizedOperator op) => op switch
    {
        QuantizedConv conv => conv.Weights.Length + (conv.Bias.Length * ((2 * sizeof(int)) + 1)),
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
            QuantizedConv conv => !IsDepthwise(graph, conv) && conv.Kernel == Size2.One && conv.Strides == Size2.One && conv.Pad == default
                && from.Height == to.Height && from.Width == to.Width && to.Channels <= from.Channels,
            _ => false,
        };
    }

    /// <summary>Refuses what no kernel computes.</summary>
    /// <exception cref="BadInputException">Naming the layer and what to do.</exception>
    public static void Check(QuantizedGraph graph)
    {
        foreach (QuantizedConv conv in graph.Operators.OfType<QuantizedConv>())
        {
            int channels = graph.Tensors[conv.Input].Channels;
            if (conv.Group > 1 && (conv.Group != channels || channels != graph.Tensors[conv.Output].Channels))
            {
                throw new BadInputException(
                    $"Layer '{conv.Name}' is a convolution of {channels} channels in {conv.Group} groups. Boards have kernels for 1 group and for one group a channel: choose a model with those.");
            }

            if (IsDepthwise(graph, conv) && conv.Kernel.Height * conv.Kernel.Width > MaxTaps)
            {
                throw new BadInputException(
                    $"Layer '{conv.Name}' has a depthwise kernel of {conv.Kernel.Height} x {conv.Kernel.Width}. Boards take up to {MaxTaps} elements: choose a model with a smaller kernel.");
            }

            if (RowBytes(graph, conv) > MaxSize)
            {
                throw new BadInputException(
                    $"Layer '{conv.Name}' sums {RowBytes(graph, conv)} products an output. Boards take up to {MaxSize}: choose a model that pools before it.");
            }
        }

        QuantizedTensor? large = graph.Tensors.FirstOrDefault(t => Math.Max(t.Height, Math.Max(t.Width, t.Channels)) > MaxSize);
        if (large is not null)
        {
            throw new BadInputException(
                $"Layer '{large.Name}' makes {large.Height} x {large.Width} x {large.Channels} values. Boards take axes of up to {MaxSize}: choose a smaller model.");
        }
    }
}
