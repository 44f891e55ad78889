using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>An id that travels as text.</summary>
public interface ITextId<TSelf>
    where TSelf : struct, ITextId<TSelf>
{
    /// <summary>The text of the id.</summary>
    string Value { get; }

    /// <summary>Reads the id from its text.</summary>
    /// <exception cref="FormatException">The text is not of the id's form.</exception>
    static abstract TSelf Parse(string value);
}

/// <summary>The checks that the ids share.</summary>
public static class TextId
{
    /// <summary>Lower-case letters, digits and dashes.</summary>
    public static bool IsSlugCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';

    internal static string Check(string value, string noun, int maxLength, Func<char, bool> isAllowed)
    {
        if (string.IsNullOrEmpty(value) || value.Length > maxLength)
        {
            throw new FormatException($"A {noun} has 1 to {maxLength} characters; found {value?.Length ?? 0}.");
        }

        foreach (char c in value)
        {
            if (!isAllowed(c))
            {
                throw new FormatException($"'{value}' is not a {noun}: the character '{c}' is not allowed there.");
            }
        }

        return value;
    }
}

/// <summary>Writes an id as a JSON string, also as a dictionary key.</summary>
public sealed class TextIdConverter<TId> : JsonConverter<TId>
    where TId : struct, ITextId<TId>
{
    /// <inheritdoc/>
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    /// <inheritdoc/>
    public override TId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);

    private static TId Parse(string? text)
    {
        try
        {
            return TId.Parse(text ?? "");
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }
}
