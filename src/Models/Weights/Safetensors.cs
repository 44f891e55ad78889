using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Weights;

/// <summary>
/// The safetensors format (https://huggingface.co/docs/safetensors): eight bytes of header length, a JSON header, the tensors' bytes. Written
/// in the order given, so that equal tensors give equal bytes. Float32 alone, which is all that training makes.
/// </summary>
public static class Safetensors
{
    /// <summary>The format's own limit on headers; a greater length is a torn or foreign file.</summary>
    private const int MaxHeaderBytes = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>The file's bytes.</summary>
    /// <param name="tensors">Tensors with distinct names.</param>
    /// <param name="metadata">Texts kept in the header.</param>
    public static byte[] Write(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = Header(tensors, metadata);
        long bodyBytes = tensors.Sum(t => (long)t.Values.Length * sizeof(float));
        var file = new byte[checked(sizeof(ulong) + header.Length + bodyBytes)];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
        header.CopyTo(file, sizeof(ulong));
        Span<byte> body = file.AsSpan(sizeof(ulong) + header.Length);
        foreach (NamedTensor tensor in tensors)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(tensor.Values.AsSpan());
            bytes.CopyTo(body);
            body = body[bytes.Length..];
        }

        return file;
    }

    /// <summary>The tensors and metadata of a file, in the file's order.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="CorruptDataException">It is not a whole safetensors file of float32 tensors.</exception>
    public static (IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Read(ReadOnlyMemory<byte> file, string name)
    {
        ulong headerBytes = file.Length < sizeof(ulong) ? ulong.MaxValue : BinaryPrimitives.ReadUInt64LittleEndian(file.Span);
        if (headerBytes > MaxHeaderBytes || (long)headerBytes > file.Length - sizeof(ulong))
        {
            throw Corrupt(name, "its header is longer than the file");
        }

        ReadOnlyMemory<byte> body = file[(sizeof(ulong) + (int)headerBytes)..];
        try
        {
            using JsonDocument header = JsonDocument.Parse(file.Slice(sizeof(ulong), (int)headerBytes));
            var tensors = new List<NamedTensor>();
            var metadata = new Dictionary<string, string>();
            foreach (JsonProperty entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == MetadataKey)
                {
                    metadata = entry.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
                }
                else
                {
                    tensors.Add(Tensor(entry, body.Span, name));
                }
            }

            return (tensors, metadata);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new CorruptDataException(Corrupt(name, "its header cannot be read").Message, e);
        }
    }

    private static NamedTensor Tensor(JsonProperty entry, ReadOnlySpan<byte> body, string name)
    {
        string type = entry.Value.GetProperty("dtype").GetString()!;
        if (type != "F32")
        {
            throw Corrupt(name, $"tensor '{entry.Name}' is of type {type}, and only F32 is read");
        }

        var shape = new TensorShape([.. entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt32())]);
        long begin = entry.Value.GetProperty("data_offsets")[0].GetInt64();
        long end = entry.Value.GetProperty("data_offsets")[1].GetInt64();
        if (begin < 0 || end > body.Length || end - begin != (long)shape.Elements * sizeof(float))
        {
            throw Corrupt(name, $"tensor '{entry.Name}' of shape {shape} has bytes {begin} to {end} of {body.Length}");
        }

        return new NamedTensor(entry.Name, shape, MemoryMarshal.Cast<byte, float>(body[(int)begin..(int)end]).ToArray());
    }

    private static byte[] Header(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach (NamedTensor tensor in tensors)
            {
                long end = offset + ((long)tensor.Values.Length * sizeof(float));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                WriteNumbers(json, "shape", [.. tensor.Shape.Sizes.ToArray().Select(s => (long)s)]);
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of eight bytes, so that the tensors are aligned in a mapped file.
        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static CorruptDataException Corrupt(string name, string found) =>
        new($"{name} is not a whole safetensors file: {found}. Delete it, and what made it makes it again.");
}
