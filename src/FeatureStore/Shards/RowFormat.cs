using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The types of number that a shard's tensors hold, all little endian.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ElementType>))]
public enum ElementType
{
    /// <summary>Features in 256 even steps over a range; what lies outside is clamped.</summary>
    Int8,

    /// <summary>Waveforms, x/32768.</summary>
    Int16,

    /// <summary>Features to 11 significant bits, up to 65,504.</summary>
    Float16,

    /// <summary>Features as they were computed.</summary>
    Float32,
}

/// <summary>How the values of a row are stored.</summary>
/// <param name="Type">The type of number.</param>
/// <param name="Min">Of int8: the value that -128 stands for.</param>
/// <param name="Max">Of int8: the value that 127 stands for.</param>
public sealed record RowFormat(ElementType Type, double? Min = null, double? Max = null)
{
    /// <summary>Waveforms.</summary>
    public static RowFormat Audio { get; } = new(ElementType.Int16);

    /// <summary>Features where the recipe says nothing.</summary>
    public static RowFormat Features { get; } = new(ElementType.Float16);

    /// <summary>Bytes of a value.</summary>
    [JsonIgnore]
    public int ValueBytes => Type switch
    {
        ElementType.Int8 => 1,
        ElementType.Int16 or ElementType.Float16 => 2,
        _ => 4,
    };

    /// <summary>Bytes of a row of this shape.</summary>
    public int BytesOf(IReadOnlyList<int> shape) => shape.Aggregate(ValueBytes, static (bytes, size) => bytes * size);

    /// <summary>Gives the format back where it is whole.</summary>
    /// <exception cref="BadInputException">Int8 lacks a range, or another type has one, or features are to be int16.</exception>
    public RowFormat CheckFeatures() => (Type, Min, Max) switch
    {
        (ElementType.Int8, { } min, { } max) when double.IsFinite(max - min) && min < max => this,
        (ElementType.Float16 or ElementType.Float32, null, null) => this,
        _ => throw new BadInputException($"The type of the features is {this}. Expected float16, float32, or int8 with a range, the lower end first."),
    };

    /// <inheritdoc/>
    public override string ToString() => Type.ToString().ToLowerInvariant() + (Min is null && Max is null ? "" : FormattableString.Invariant($" over {Min} to {Max}"));
}
