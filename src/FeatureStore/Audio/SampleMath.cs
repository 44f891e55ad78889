using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.Audio;

/// <summary>Arithmetic over whole clips. Multiplications and additions are never fused, so that the bits are the same on every machine.</summary>
internal static class SampleMath
{
    /// <summary>Turns 16-bit samples into floats, x/32768.</summary>
    public static void FromPcm16(ReadOnlySpan<short> pcm, Span<float> samples)
    {
        int i = 0;
        var scale = Vector256.Create(1f / 32768f);
        for (; i <= pcm.Length - 16; i += 16)
        {
            (Vector256<int> low, Vector256<int> high) = Vector256.Widen(Vector256.Create(pcm[i..]));
            (Vector256.ConvertToSingle(low) * scale).CopyTo(samples[i..]);
            (Vector256.ConvertToSingle(high) * scale).CopyTo(samples[(i + 8)..]);
        }

        for (; i < pcm.Length; i++)
        {
            samples[i] = Pcm16.ToFloat(pcm[i]);
        }
    }

    /// <summary>samples = clamp(samples + gain * other, -1, 1).</summary>
    public static void AddScaledClamped(Span<float> samples, ReadOnlySpan<float> other, float gain)
    {
        int i = 0;
        Vector256<float> gains = Vector256.Create(gain), one = Vector256<float>.One;
        for (; i <= samples.Length - 8; i += 8)
        {
            Vector256<float> sum = Vector256.Create<float>(samples[i..]) + (gains * Vector256.Create(other[i..]));
            Vector256.Min(Vector256.Max(sum, -one), one).CopyTo(samples[i..]);
        }

        for (; i < samples.Length; i++)
        {
            float scaled = gain * other[i];
            samples[i] = Math.Clamp(samples[i] + scaled, -1f, 1f);
        }
    }

    /// <summary>samples = clamp(by * samples, -1, 1).</summary>
    public static void ScaleClamped(Span<float> samples, double by)
    {
        foreach (ref float sample in samples)
        {
            sample = (float)Math.Clamp(sample * by, -1, 1);
        }
    }

    /// <summary>The root of the mean of the squares.</summary>
    public static double Rms(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += (double)sample * sample;
        }

        return Math.Sqrt(sum / samples.Length);
    }

    /// <summary>The greatest sample, or 0 where none is positive.</summary>
    public static float Peak(ReadOnlySpan<float> samples)
    {
        float peak = 0;
        foreach (float sample in samples)
        {
            peak = Math.Max(peak, sample);
        }

        return peak;
    }

    /// <summary>Moves samples forward (later) by a positive number, back by a negative one; zeros fill the gap, or what left at the other end.</summary>
    public static void Shift(Span<float> samples, int by, bool wrap = false)
    {
        if (wrap)
        {
            Rotate(samples, by);
            return;
        }

        int kept = samples.Length - Math.Min(samples.Length, Math.Abs(by));
        if (by >= 0)
        {
            samples[..kept].CopyTo(samples[(samples.Length - kept)..]);
            samples[..(samples.Length - kept)].Clear();
        }
        else
        {
            samples[(samples.Length - kept)..].CopyTo(samples);
            samples[kept..].Clear();
        }
    }

    // Reversed as a whole, then each part by itself: in place, whatever the length.
    private static void Rotate(Span<float> samples, int by)
    {
        int later = ((by % samples.Length) + samples.Length) % samples.Length;
        samples.Reverse();
        samples[..later].Reverse();
        samples[later..].Reverse();
    }

    /// <summary>Turns float16 values into floats, exactly. Shards hold finite values alone.</summary>
    public static void FromHalf(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        // Exponent and fraction moved into a float's place are the value times 2^-112, also for subnormals.
        int i = 0;
        var scale = Vector256.Create(BitConverter.UInt32BitsToSingle((127 + 112) << 23));
        for (; i <= halves.Length - 16; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(halves[i..]));
            Widen(low, scale).CopyTo(values[i..]);
            Widen(high, scale).CopyTo(values[(i + 8)..]);
        }

        for (; i < halves.Length; i++)
        {
            values[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
        }
    }

    private static Vector256<float> Widen(Vector256<uint> half, Vector256<float> scale)
    {
        Vector256<uint> sign = Vector256.ShiftLeft(half & Vector256.Create(0x8000u), 16);
        Vector256<uint> rest = Vector256.ShiftLeft(half & Vector256.Create(0x7FFFu), 13);
        return ((rest.AsSingle() * scale).AsUInt32() | sign).AsSingle();
    }
}
