using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.Models.Quantization;

/// <summary>Quantised graphs as JSON: the same bytes for the same graph.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QuantizedGraph))]
public sealed partial class QuantizationJson : JsonSerializerContext
{
    /// <summary>Writes a graph.</summary>
    public static byte[] Write(QuantizedGraph graph) => JsonSerializer.SerializeToUtf8Bytes(graph, Default.QuantizedGraph);

    /// <summary>Reads a graph.</summary>
    /// <param name="bytes">What <see cref="Write"/> wrote.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="CorruptDataException">It is no such JSON.</exception>
    public static QuantizedGraph Read(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, Default.QuantizedGraph) ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw new CorruptDataException($"{name} is not a quantised model: {e.Message} Build the artifact again.", e);
        }
    }
}
