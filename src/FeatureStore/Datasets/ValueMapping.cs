using System.Buffers.Binary;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>What the numbers of an imported array stand for.</summary>
/// <param name="Type">The array's numbers.</param>
/// <param name="Gain">Stored value = gain * feature + offset.</param>
/// <param name="Offset">The value that stands for a feature of 0.</param>
public sealed record ValueMapping(NpyType Type, double Gain, double Offset)
{
    /// <summary>The value of a place as its feature.</summary>
    internal float Feature(ReadOnlySpan<byte> row, int place) => ((float)Stored(row, place) - (float)Offset) / (float)Gain;

    private double Stored(ReadOnlySpan<byte> row, int place) => Type switch
    {
        NpyType.Uint8 => row[place],
        NpyType.Int8 => (sbyte)row[place],
        NpyType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(row[(2 * place)..]),
        _ => BinaryPrimitives.ReadSingleLittleEndian(row[(4 * place)..]),
    };
}
