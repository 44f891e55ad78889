using System.Collections.Immutable;

namespace Pipeline.Models.Quantization;

/// <summary>
/// Runs a quantised graph by the definitions of docs/formats/integer-arithmetic.md: the reference that generated code must equal
/// bit for bit. Holds its activations, so one thread at a time.
/// </summary>
public sealed class IntegerInterpreter
{
    private readonly QuantizedGraph _graph;
    private readonly sbyte[][] _values;
    private readonly Dictionary<QuantizedOperator, ConvArithmetic> _convolutions;

    /// <summary>Takes the graph.</summary>
    public IntegerInterpreter(QuantizedGraph graph)
    {
        _graph = graph;
        _values = [.. graph.Tensors.Select(t => new sbyte[t.Size])];
        _convolutions = graph.Operators.OfType<QuantizedConv>().ToDictionary(
            QuantizedOperator (c) => c, c => new ConvArithmetic(c, graph.Tensors[c.Input], graph.Tensors[c.Output]), ReferenceEqualityComparer.Instance);
    }

    /// <summary>The value of a tensor in the last run, [height, width, channels].</summary>
    public ReadOnlySpan<sbyte> ValueOf(int tensor) => _values[tensor];

    /// <summary>Runs the graph. What it returns is overwritten by the next run.</summary>
    /// <param name="input">Quantised features, [height, width, channels].</param>
    /// <exception cref="ArgumentException">The input is not of the graph's size.</exception>
    public ReadOnlySpan<sbyte> Run(ReadOnlySpan<sbyte> input)
    {
        if (input.Length != _graph.Input.Size)
        {
            throw new ArgumentException($"Found {input.Length} features, expected {_graph.Input.Size}.", nameof(input));
        }

        input.CopyTo(_values[0]);
        foreach (QuantizedOperator op in _graph.Operators)
        {
            Run(op, _values[op.Output]);
        }

        return _values[_graph.Operators[^1].Output];
    }

    private void Run(QuantizedOperator op, sbyte[] output)
    {
        QuantizedTensor from = _graph.Tensors[op.Inputs[0]];
        QuantizedTensor to = _graph.Tensors[op.Output];
        sbyte[] input = _values[op.Inputs[0]];
        switch (op)
        {
            case QuantizedConv:
                _convolutions[op].Run(input, output);
                break;
            case QuantizedTable table:
                LookUp(table.Table, input, output);
                break;
            case QuantizedAdd add:
                Add(add, to, output);
                break;
            case QuantizedMean mean:
                Mean(mean, from, to, input, output);
                break;
            case QuantizedMaxPool pool:
                MaxPool(pool, from, to, input, output);
                break;
            case QuantizedTranspose:
                Transpose(from, input, output);
                break;
            default:
                throw new ArgumentException($"No arithmetic for {op.GetType().Name}.", nameof(op));
        }
    }

    private static void LookUp(ImmutableArray<sbyte> table, sbyte[] input, sbyte[] output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = table[input[i] + 128];
        }
    }

    private void Add(QuantizedAdd add, QuantizedTensor to, sbyte[] output)
    {
        int i = 0;
        for (int y = 0; y < to.Height; y++)
        {
            for (int x = 0; x < to.Width; x++)
            {
                for (int c = 0; c < to.Channels; c++)
                {
                    int sum = 1 << (add.Shift - 1);
                    for (int k = 0; k < add.Inputs.Length; k++)
                    {
                        QuantizedTensor from = _graph.Tensors[add.Inputs[k]];
                        int row = from.Height == 1 ? 0 : y;
                        int column = from.Width == 1 ? 0 : x;
                        sum += (_values[add.Inputs[k]][(((row * from.Width) + column) * from.Channels) + c] - from.ZeroPoint) * add.Factors[k];
                    }

                    output[i++] = Saturate(to.ZeroPoint + (sum >> add.Shift), add.Min);
                }
            }
        }
    }

    private static void Mean(QuantizedMean mean, QuantizedTensor from, QuantizedTensor to, sbyte[] input, sbyte[] output)
    {
        int pixels = from.Height * from.Width;
        for (int x = 0; x < to.Width; x++)
        {
            for (int c = 0; c < to.Channels; c++)
            {
                int sum = 0;
                for (int pixel = x; pixel < pixels; pixel += to.Width)
                {
                    sum += input[(pixel * from.Channels) + c] - from.ZeroPoint;
                }

                output[(x * to.Channels) + c] = Saturate(to.ZeroPoint + mean.Multiplier.Apply(sum), -128);
            }
        }
    }

    private static void MaxPool(QuantizedMaxPool pool, QuantizedTensor from, QuantizedTensor to, sbyte[] input, sbyte[] output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            int channel = i % to.Channels;
            int column = i / to.Channels % to.Width * pool.Strides.Width;
            int row = i / to.Channels / to.Width * pool.Strides.Height;
            sbyte greatest = -128;
            for (int k = 0; k < pool.Kernel.Height * pool.Kernel.Width; k++)
            {
                int pixel = ((row + (k / pool.Kernel.Width)) * from.Width) + column + (k % pool.Kernel.Width);
                greatest = Math.Max(greatest, input[(pixel * from.Channels) + channel]);
            }

            output[i] = greatest;
        }
    }

    private static void Transpose(QuantizedTensor from, sbyte[] input, sbyte[] output)
    {
        for (int y = 0; y < from.Height; y++)
        {
            for (int x = 0; x < from.Width; x++)
            {
                for (int c = 0; c < from.Channels; c++)
                {
                    output[(((x * from.Height) + y) * from.Channels) + c] = input[(((y * from.Width) + x) * from.Channels) + c];
                }
            }
        }
    }

    private static sbyte Saturate(long value, int min) => (sbyte)Math.Clamp(value, min, 127);
}
