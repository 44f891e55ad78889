using System.Runtime.InteropServices;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Turns the values of feature rows into the bytes that a shard holds, and back.</summary>
/// <param name="format">How they are stored; not <see cref="ElementType.Int16"/>, which is for waveforms.</param>
internal sealed class RowCodec(RowFormat format)
{
    private const int Steps = 255;

    private readonly double _min = format.Min ?? 0;
    private readonly double _step = ((format.Max ?? 0) - (format.Min ?? 0)) / Steps;

    /// <summary>Writes the values. Gives the index of the first that the type cannot hold (one that is not finite, or too great), or -1.</summary>
    public int Encode(ReadOnlySpan<float> values, Span<byte> row)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        switch (format.Type)
        {
            case ElementType.Int8:
                ToInt8(values, MemoryMarshal.Cast<byte, sbyte>(row));
                return -1;
            case ElementType.Float16:
                return ToHalf(values, MemoryMarshal.Cast<byte, Half>(row));
            case ElementType.Float32:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(row));
                return -1;
            default:
                throw new InvalidOperationException($"Features are not stored as {format}.");
        }
    }

    /// <summary>Reads the values of a row.</summary>
    public void Decode(ReadOnlySpan<byte> row, Span<float> values)
    {
        switch (format.Type)
        {
            case ElementType.Int8:
                FromInt8(MemoryMarshal.Cast<byte, sbyte>(row), values);
                break;
            case ElementType.Float16:
                SampleMath.FromHalf(MemoryMarshal.Cast<byte, ushort>(row), values);
                break;
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(row).CopyTo(values);
                break;
            default:
                throw new InvalidOperationException($"Features are not stored as {format}.");
        }
    }

    private static int ToHalf(ReadOnlySpan<float> values, Span<Half> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = (Half)values[i];
            if (!Half.IsFinite(row[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void ToInt8(ReadOnlySpan<float> values, Span<sbyte> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = (sbyte)(Math.Clamp(Math.Round((values[i] - _min) / _step), 0, Steps) - 128);
        }
    }

    private void FromInt8(ReadOnlySpan<sbyte> row, Span<float> values)
    {
        for (int i = 0; i < row.Length; i++)
        {
            values[i] = (float)(_min + ((row[i] + 128) * _step));
        }
    }
}
