using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Contracts;

/// <summary>A SHA-256 hash, as 64 lower-case hex digits.</summary>
public readonly record struct ContentHash(string Hex)
{
    /// <summary>The hash of bytes.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>The hash of a text's UTF-8 bytes.</summary>
    public static ContentHash OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>The hash of a record's JSON as its contract writes it. Properties come in declaration order, so use sorted dictionaries inside.</summary>
    public static ContentHash OfJson<T>(T value, JsonTypeInfo<T> type) => Of(JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>The hash of a file's bytes, read once from the start.</summary>
    public static ContentHash OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return new(Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
