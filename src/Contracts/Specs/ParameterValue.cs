using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>The value of a model or sweep parameter: a number, a text or a switch.</summary>
[JsonConverter(typeof(ParameterValueConverter))]
public readonly record struct ParameterValue
{
    private readonly string? _text;
    private readonly double _number;
    private readonly Kinds _kind;

    private ParameterValue(Kinds kind, double number, string? text) => (_kind, _number, _text) = (kind, number, text);

    private enum Kinds
    {
        Number,
        Text,
        Switch,
    }

    /// <summary>A number.</summary>
    public static implicit operator ParameterValue(double number) => new(Kinds.Number, number, null);

    /// <summary>A text.</summary>
    public static implicit operator ParameterValue(string text) => new(Kinds.Text, 0, text);

    /// <summary>A switch.</summary>
    public static implicit operator ParameterValue(bool value) => new(Kinds.Switch, value ? 1 : 0, null);

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => _kind == Kinds.Number;

    /// <summary>Whether it is a switch.</summary>
    public bool IsSwitch => _kind == Kinds.Switch;

    /// <summary>Whether it is a text.</summary>
    public bool IsText => _kind == Kinds.Text;

    /// <summary>The number.</summary>
    /// <exception cref="BadInputException">It is not a number.</exception>
    public double AsNumber() => IsNumber ? _number : throw new BadInputException($"Found '{this}' where a number was expected.");

    /// <summary>The number, where it is whole and fits.</summary>
    /// <exception cref="BadInputException">It is not a whole number.</exception>
    public int AsInteger() => IsNumber && _number == Math.Floor(_number) && Math.Abs(_number) <= int.MaxValue
        ? (int)_number
        : throw new BadInputException($"Found '{this}' where a whole number was expected.");

    /// <summary>The text.</summary>
    /// <exception cref="BadInputException">It is not a text.</exception>
    public string AsText() => IsText ? _text! : throw new BadInputException($"Found '{this}' where a word was expected.");

    /// <summary>The switch.</summary>
    /// <exception cref="BadInputException">It is not a switch.</exception>
    public bool AsSwitch() => IsSwitch ? _number != 0 : throw new BadInputException($"Found '{this}' where true or false was expected.");

    /// <summary>Reads <c>true</c>, <c>false</c>, a number, or else a text, as YAML's core schema does.</summary>
    public static ParameterValue Parse(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => number,
        _ => text,
    };

    /// <inheritdoc/>
    public override string ToString() => _kind switch
    {
        Kinds.Number => _number.ToString("R", CultureInfo.InvariantCulture),
        Kinds.Switch => _number != 0 ? "true" : "false",
        _ => _text ?? "",
    };
}

/// <summary>Writes a parameter value as the JSON number, string or boolean that it is.</summary>
public sealed class ParameterValueConverter : JsonConverter<ParameterValue>
{
    /// <inheritdoc/>
    public override ParameterValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new JsonException($"Found {reader.TokenType} where a number, a string or a boolean was expected."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ParameterValue value, JsonSerializerOptions options)
    {
        if (value.IsNumber)
        {
            writer.WriteNumberValue(value.AsNumber());
        }
        else if (value.IsSwitch)
        {
            writer.WriteBooleanValue(value.AsSwitch());
        }
        else
        {
            writer.WriteStringValue(value.AsText());
        }
    }
}
