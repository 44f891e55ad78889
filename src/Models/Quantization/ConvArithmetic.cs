using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Models.Quantization;

/// <summary>
/// Convolutions of the integer interpreter: sums over the kernel as docs/formats/integer-arithmetic.md has them, all output channels of a pixel at
/// once. Sums of integers do not depend on their order, so this is the definition with the loops exchanged.
/// </summary>
internal sealed class ConvArithmetic
{
    private readonly QuantizedConv _conv;
    private readonly QuantizedTensor _from;
    private readonly QuantizedTensor _to;
    private readonly int _outputsPerGroup;
    private readonly int _lanes;
    private readonly int[] _weights;
    private readonly int[] _sums;
    private readonly int[] _values;

    /// <summary>Takes the operator and its tensors.</summary>
    public ConvArithmetic(QuantizedConv conv, QuantizedTensor from, QuantizedTensor to)
    {
        (_conv, _from, _to) = (conv, from, to);
        _outputsPerGroup = to.Channels / conv.Group;
        IsDepthwise = conv.Group == from.Channels && _outputsPerGroup == 1;
        int row = IsDepthwise ? to.Channels : _outputsPerGroup;
        _lanes = (row + Vector<int>.Count - 1) / Vector<int>.Count * Vector<int>.Count;
        int taps = conv.Kernel.Height * conv.Kernel.Width;

        // Rows are padded with zeros to whole vectors, which add nothing to the sums that they reach over.
        _weights = new int[(IsDepthwise ? taps : taps * from.Channels) * _lanes];
        _sums = new int[to.Channels + _lanes];
        _values = new int[from.Size + _lanes];
        for (int i = 0; i < conv.Weights.Length; i++)
        {
            _weights[WeightIndex(i, taps, from.Channels / conv.Group)] = conv.Weights[i];
        }
    }

    private bool IsDepthwise { get; }

    /// <summary>Computes the output.</summary>
    public void Run(ReadOnlySpan<sbyte> input, Span<sbyte> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            _values[i] = input[i] - _from.ZeroPoint;
        }

        int band = _to.Height / _conv.SubBands;
        int o = 0;
        for (int y = 0; y < _to.Height; y++)
        {
            for (int x = 0; x < _to.Width; x++)
            {
                Array.Clear(_sums);
                Accumulate(y, x);
                for (int c = 0; c < _to.Channels; c++)
                {
                    int parameter = (c * _conv.SubBands) + (y / band);
                    long value = _to.ZeroPoint + _conv.Multipliers[parameter].Apply(_conv.Bias[parameter] + _sums[c]);
                    output[o++] = (sbyte)Math.Clamp(value, _conv.Min, 127);
                }
            }
        }
    }

    /// <summary>Sums of (q - zero point) · weight over the kernel; what lies outside the input adds nothing.</summary>
    private void Accumulate(int y, int x)
    {
        int tap = 0;
        for (int ky = 0; ky < _conv.Kernel.Height; ky++)
        {
            int row = (y * _conv.Strides.Height) - _conv.Pad.Height + (ky * _conv.Dilations.Height);
            for (int kx = 0; kx < _conv.Kernel.Width; kx++, tap++)
            {
                int column = (x * _conv.Strides.Width) - _conv.Pad.Width + (kx * _conv.Dilations.Width);
                if ((uint)row < (uint)_from.Height && (uint)column < (uint)_from.Width)
                {
                    AddPixel(tap, ((row * _from.Width) + column) * _from.Channels);
                }
            }
        }
    }

    private void AddPixel(int tap, int pixel)
    {
        if (IsDepthwise)
        {
            AddProducts(_values.AsSpan(pixel, _lanes), _weights.AsSpan(tap * _lanes, _lanes), _sums.AsSpan(0, _lanes));
            return;
        }

        int perGroup = _from.Channels / _conv.Group;
        for (int k = 0; k < _from.Channels; k++)
        {
            AddScaled(
                _values[pixel + k],
                _weights.AsSpan(((tap * _from.Channels) + k) * _lanes, _lanes),
                _sums.AsSpan(k / perGroup * _outputsPerGroup, _lanes));
        }
    }

    private static void AddProducts(Span<int> values, Span<int> weights, Span<int> sums)
    {
        Span<Vector<int>> to = MemoryMarshal.Cast<int, Vector<int>>(sums);
        ReadOnlySpan<Vector<int>> from = MemoryMarshal.Cast<int, Vector<int>>(values);
        ReadOnlySpan<Vector<int>> factors = MemoryMarshal.Cast<int, Vector<int>>(weights);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += from[i] * factors[i];
        }
    }

    private static void AddScaled(int value, Span<int> weights, Span<int> sums)
    {
        Span<Vector<int>> to = MemoryMarshal.Cast<int, Vector<int>>(sums);
        ReadOnlySpan<Vector<int>> factors = MemoryMarshal.Cast<int, Vector<int>>(weights);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += factors[i] * value;
        }
    }

    /// <summary>From [output channel, kernel element, input channel of the group] to [kernel element, input channel, output channel of the group].</summary>
    private int WeightIndex(int i, int taps, int perGroup)
    {
        int output = i / (taps * perGroup);
        int tap = i / perGroup % taps;
        return IsDepthwise
            ? (tap * _lanes) + output
            : (((tap * _from.Channels) + (output / _outputsPerGroup * perGroup) + (i % perGroup)) * _lanes) + (output % _outputsPerGroup);
    }
}
