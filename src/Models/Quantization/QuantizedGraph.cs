using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Pipeline.Models.Quantization;

/// <summary>
/// An int8 model: tensors and the operators between them, in an order in which every tensor is made before it is used. The integer interpreter and
/// the code generator read the same graph; what each operator computes is defined once, in docs/formats/integer-arithmetic.md.
/// </summary>
/// <param name="Name">The model's name.</param>
/// <param name="Tensors">Every activation; operators name them by their index. The input is the first, the output what the last operator makes.</param>
/// <param name="Operators">The operators.</param>
public sealed record QuantizedGraph(string Name, ImmutableArray<QuantizedTensor> Tensors, ImmutableArray<QuantizedOperator> Operators)
{
    /// <summary>The features.</summary>
    [JsonIgnore]
    public QuantizedTensor Input => Tensors[0];

    /// <summary>The classes' logits.</summary>
    [JsonIgnore]
    public QuantizedTensor Output => Tensors[Operators[^1].Output];

    /// <summary>For each tensor, the index of the last operator that takes it; the output's is the number of operators.</summary>
    public ImmutableArray<int> LastUses()
    {
        var last = new int[Tensors.Length];
        for (int i = 0; i < Operators.Length; i++)
        {
            foreach (int input in Operators[i].Inputs)
            {
                last[input] = i;
            }
        }

        last[Operators[^1].Output] = Operators.Length;
        return [.. last];
    }
}

/// <summary>
/// An activation: real value = (q - <see cref="ZeroPoint"/>) · <see cref="Scale"/>, q in [-128, 127], stored [height, width, channels] row-major.
/// </summary>
/// <param name="Name">The node of the float graph that makes the value.</param>
/// <param name="Height">Rows: frequency, unless the model exchanges the axes.</param>
/// <param name="Width">Columns: time.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Scale">Real step of one unit, above 0.</param>
/// <param name="ZeroPoint">The q that stands for 0, in [-128, 127].</param>
public sealed record QuantizedTensor(string Name, int Height, int Width, int Channels, double Scale, int ZeroPoint)
{
    /// <summary>Elements, each one byte.</summary>
    [JsonIgnore]
    public int Size => Height * Width * Channels;

    /// <summary>The q nearest to a real value, half up, saturated. Computed in float32, in this order, here and in the generated code.</summary>
    public sbyte Quantize(float value)
    {
        // The clamp comes before the conversion to an integer, so that no value is out of its range; NaN cannot occur in features.
        float scaled = (value * InverseScale) + RoundingOffset;
        return scaled < -128f ? (sbyte)-128 : scaled >= 127f ? (sbyte)127 : (sbyte)(int)MathF.Floor(scaled);
    }

    /// <summary>1 / scale, as the float32 that quantising multiplies by.</summary>
    [JsonIgnore]
    public float InverseScale => (float)(1 / Scale);

    /// <summary>Zero point plus one half, so that flooring rounds half up.</summary>
    [JsonIgnore]
    public float RoundingOffset => ZeroPoint + 0.5f;
}

/// <summary>One step. The family is closed.</summary>
/// <param name="Name">The node of the float graph that the step ends with.</param>
/// <param name="Inputs">Indices of the tensors taken.</param>
/// <param name="Output">Index of the tensor made.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "operator")]
[JsonDerivedType(typeof(QuantizedConv), "conv")]
[JsonDerivedType(typeof(QuantizedTable), "table")]
[JsonDerivedType(typeof(QuantizedAdd), "add")]
[JsonDerivedType(typeof(QuantizedMean), "mean")]
[JsonDerivedType(typeof(QuantizedMaxPool), "maxPool")]
[JsonDerivedType(typeof(QuantizedTranspose), "transpose")]
public abstract record QuantizedOperator(string Name, ImmutableArray<int> Inputs, int Output);

/// <summary>
/// Convolution, fully connected layer or standalone normalisation, with what follows it folded in: batch normalisation into the weights,
/// sub-spectral normalisation into bias and multipliers, a rectifier into <see cref="Min"/>.
/// </summary>
public sealed record QuantizedConv(string Name, int Input, int Output) : QuantizedOperator(Name, [Input], Output)
{
    /// <summary>Rows and columns of the kernel.</summary>
    public required Graph.Size2 Kernel { get; init; }

    /// <summary>Steps.</summary>
    public required Graph.Size2 Strides { get; init; }

    /// <summary>Distance between neighbouring kernel elements.</summary>
    public required Graph.Size2 Dilations { get; init; }

    /// <summary>Rows above the input and columns left of it that read as the zero point; those below and right follow from the output's size.</summary>
    public required Graph.Size2 Pad { get; init; }

    /// <summary>Groups that the channels fall into: 1, or the number of input channels for a depthwise convolution.</summary>
    public required int Group { get; init; }

    /// <summary>Weights in [-127, 127], [output channel, kernel row, kernel column, input channel of the group].</summary>
    public required ImmutableArray<sbyte> Weights { get; init; }

    /// <summary>Bands of equal height into which the output's rows fall, each with bias and multiplier of its own; 1 without sub-spectral normalisation.</summary>
    public required int SubBands { get; init; }

    /// <summary>Added to the accumulator, [output channel, sub-band].</summary>
    public required ImmutableArray<int> Bias { get; init; }

    /// <summary>Accumulator to output units, [output channel, sub-band].</summary>
    public required ImmutableArray<FixedPointMultiplier> Multipliers { get; init; }

    /// <summary>Least output: the zero point where a rectifier follows, else -128.</summary>
    public required int Min { get; init; }
}

/// <summary>Each element replaced by an entry of a table: SiLU, or a rectifier that stands alone.</summary>
/// <param name="Name">The node.</param>
/// <param name="Input">The tensor taken.</param>
/// <param name="Output">The tensor made.</param>
/// <param name="Table">256 entries, that of q at q + 128.</param>
public sealed record QuantizedTable(string Name, int Input, int Output, ImmutableArray<sbyte> Table) : QuantizedOperator(Name, [Input], Output);

/// <summary>Sum of two or three tensors; an axis of size 1 is repeated along the output's.</summary>
/// <param name="Name">The node.</param>
/// <param name="Inputs">The tensors taken.</param>
/// <param name="Output">The tensor made.</param>
/// <param name="Factors">Each input's factor, below 2^21 and at most 0 never; input scale / output scale · 2^<paramref name="Shift"/>.</param>
/// <param name="Shift">Bits shifted out of the sum, 1 to 30.</param>
/// <param name="Min">Least output: the zero point where a rectifier follows, else -128.</param>
public sealed record QuantizedAdd(string Name, ImmutableArray<int> Inputs, int Output, ImmutableArray<int> Factors, int Shift, int Min)
    : QuantizedOperator(Name, Inputs, Output);

/// <summary>Mean over the height, or over height and width where the output's width is 1.</summary>
/// <param name="Name">The node.</param>
/// <param name="Input">The tensor taken.</param>
/// <param name="Output">The tensor made.</param>
/// <param name="Multiplier">Sum to output units: input scale / (elements · output scale).</param>
public sealed record QuantizedMean(string Name, int Input, int Output, FixedPointMultiplier Multiplier) : QuantizedOperator(Name, [Input], Output);

/// <summary>Greatest of each window, which lies within the input; scale and zero point stay.</summary>
/// <param name="Name">The node.</param>
/// <param name="Input">The tensor taken.</param>
/// <param name="Output">The tensor made.</param>
/// <param name="Kernel">Rows and columns of the window.</param>
/// <param name="Strides">Steps.</param>
public sealed record QuantizedMaxPool(string Name, int Input, int Output, Graph.Size2 Kernel, Graph.Size2 Strides) : QuantizedOperator(Name, [Input], Output);

/// <summary>
/// Exchange of height and width, or of one channel's bands and its channel, which moves the bytes in the same way; scale and zero point stay.
/// </summary>
/// <param name="Name">The node.</param>
/// <param name="Input">The tensor taken.</param>
/// <param name="Output">The tensor made.</param>
public sealed record QuantizedTranspose(string Name, int Input, int Output) : QuantizedOperator(Name, [Input], Output);
