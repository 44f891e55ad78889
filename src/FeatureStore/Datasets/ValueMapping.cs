using System.Buffers.Binary;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>What an imported array's rows are, and what their numbers stand for.</summary>
/// <param name="Type">The array's numbers.</param>
/// <param name="Gain">Stored value = gain * feature + offset.</param>
/// <param name="Offset">The value that stands for a feature of 0.</param>
/// <param name="Frames">Frames of a row.</param>
/// <param name="Bands">Bands of a frame.</param>
public sealed record ValueMapping(NpyType Type, double Gain, double Offset, int Frames, int Bands)
{
    /// <summary>What is taken where nothing is said: rows of the front end log-mel-40-4khz, stored as round(10.05 ln(E + 1e-6) + 146.4).</summary>
    public static ValueMapping Standard { get; } = new(NpyType.Uint8, 10.05, 146.4, 98, 40);

    /// <summary>Turns a row [frames, bands] of stored values into features [bands, frames].</summary>
    internal float[] Decode(ReadOnlySpan<byte> row)
    {
        var features = new float[Bands * Frames];
        for (int frame = 0; frame < Frames; frame++)
        {
            for (int band = 0; band < Bands; band++)
            {
                features[(band * Frames) + frame] = Feature(row, (frame * Bands) + band);
            }
        }

        return features;
    }

    /// <summary>The value of a place as its feature.</summary>
    private float Feature(ReadOnlySpan<byte> row, int place) => ((float)Stored(row, place) - (float)Offset) / (float)Gain;

    private double Stored(ReadOnlySpan<byte> row, int place) => Type switch
    {
        NpyType.Uint8 => row[place],
        NpyType.Int8 => (sbyte)row[place],
        NpyType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(row[(2 * place)..]),
        _ => BinaryPrimitives.ReadSingleLittleEndian(row[(4 * place)..]),
    };
}
