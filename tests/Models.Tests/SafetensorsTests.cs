using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;

namespace Pipeline.Models.Tests;

public sealed class SafetensorsTests
{
    private static readonly NamedTensor[] Tensors =
    [
        new("b.weight", new TensorShape(2, 3), [1, -2, float.NaN, float.PositiveInfinity, 1e-45f, 0]),
        new("a", new TensorShape(1), [42]),
    ];

    private static readonly Dictionary<string, string> Metadata = new() { ["epoch"] = "3", ["a \"quoted\" key"] = "é" };

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit_and_in_order()
    {
        (IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata) = Safetensors.Read(Safetensors.Write(Tensors, Metadata), "x");
        Assert.Equal(Metadata, metadata);
        Assert.Equal(Tensors.Length, tensors.Count);
        for (int i = 0; i < tensors.Count; i++)
        {
            Assert.Equal(Tensors[i].Name, tensors[i].Name);
            Assert.Equal(Tensors[i].Shape, tensors[i].Shape);
            Assert.Equal(Tensors[i].Values.Select(BitConverter.SingleToInt32Bits), tensors[i].Values.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_by_name()
    {
        byte[] file = Safetensors.Write(Tensors, Metadata);
        for (int length = 0; length < file.Length; length++)
        {
            var e = Assert.Throws<CorruptDataException>(() => Safetensors.Read(file.AsMemory(0, length), "trials/x/0/weights"));
            Assert.StartsWith("trials/x/0/weights is not", e.Message);
        }
    }

    [Fact]
    public void A_flipped_header_byte_is_refused_or_read_but_never_crashes()
    {
        byte[] file = Safetensors.Write(Tensors, Metadata);
        int header = BitConverter.ToInt32(file) + sizeof(ulong);
        for (int i = 0; i < header * 8; i++)
        {
            byte[] flipped = [.. file];
            flipped[i / 8] ^= (byte)(1 << (i % 8));
            Exception? e = Record.Exception(() => Safetensors.Read(flipped, "x"));
            Assert.True(e is null or CorruptDataException, $"bit {i}: {e}");
        }
    }
}
