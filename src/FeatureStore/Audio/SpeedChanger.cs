using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.Audio;

/// <summary>
/// Reads a waveform faster or slower by any factor, pitch and length together (Smith and Gossett 1984: a sinc under a Kaiser window, between the weights
/// of whose tabled places it interpolates). Aliases and images are 80 dB down. The bits are the same on every machine. Not safe for more than one thread.
/// </summary>
internal sealed class SpeedChanger
{
    private const double Attenuation = 80, PassBand = 0.9;
    private const int Crossings = 24, Fineness = 512, Phases = 256;

    // Half of the low-pass, Fineness weights from one zero crossing to the next, and one more to interpolate to.
    private static readonly double[] Curve = [.. Enumerable.Range(0, (Crossings * Fineness) + 2).Select(static i => KaiserSinc.Weight((double)i / Fineness, Crossings, 1, KaiserSinc.Beta(Attenuation)))];

    private float[] _weights = [];
    private float[] _padded = [];

    /// <summary>Output sample k is the input at k · <paramref name="speed"/>, band-limited; silence is beyond the input's ends.</summary>
    /// <param name="samples">The waveform.</param>
    /// <param name="speed">Input samples for each output sample, 0.25 to 4.</param>
    /// <param name="output">As many samples as are wanted.</param>
    public void Apply(ReadOnlySpan<float> samples, double speed, Span<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(speed, 0.25);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(speed, 4);
        double cutoff = (1 + PassBand) / 2 / Math.Max(1, speed);
        int half = (int)Math.Ceiling(Crossings / cutoff), taps = (2 * half + 7) / 8 * 8;
        Tabulate(cutoff, half, taps);
        Pad(samples, half, taps);
        for (int k = 0; k < output.Length; k++)
        {
            double place = k * speed;
            int whole = (int)Math.Min(place, samples.Length);
            double phase = Math.Min(place - whole, 1) * Phases;
            int row = Math.Min((int)phase, Phases - 1);
            output[k] = whole == samples.Length ? 0 : Sum(_padded.AsSpan(whole + 1, taps), _weights.AsSpan(row * taps, 2 * taps), (float)(phase - row));
        }
    }

    // The weights of both neighbouring phases, mixed.
    private static float Sum(ReadOnlySpan<float> samples, ReadOnlySpan<float> weights, float fraction)
    {
        Vector256<float> sum = Vector256<float>.Zero, mix = Vector256.Create(fraction);
        for (int i = 0; i < samples.Length; i += 8)
        {
            Vector256<float> near = Vector256.Create(weights[i..]), far = Vector256.Create(weights[(samples.Length + i)..]);
            sum += Vector256.Create(samples[i..]) * (near + (mix * (far - near)));
        }

        return Vector256.Sum(sum);
    }

    // Row p holds the weights of the inputs around an output that stands p / Phases of a sample after the middle one. Each sums to 1.
    private void Tabulate(double cutoff, int half, int taps)
    {
        Grow(ref _weights, (Phases + 1) * taps);
        for (int phase = 0; phase <= Phases; phase++)
        {
            Span<float> row = _weights.AsSpan(phase * taps, taps);
            double sum = 0;
            for (int i = 0; i < taps; i++)
            {
                double weight = CurveAt(Math.Abs(i - half + 1 - ((double)phase / Phases)) * cutoff);
                sum += weight;
                row[i] = (float)weight;
            }

            for (int i = 0; i < taps; i++)
            {
                row[i] = (float)(row[i] / sum);
            }
        }
    }

    private static double CurveAt(double crossings)
    {
        double place = crossings * Fineness;
        int at = (int)place;
        return at >= Crossings * Fineness ? 0 : Curve[at] + ((place - at) * (Curve[at + 1] - Curve[at]));
    }

    private void Pad(ReadOnlySpan<float> samples, int half, int taps)
    {
        Grow(ref _padded, samples.Length + (2 * taps));
        Array.Clear(_padded);
        samples.CopyTo(_padded.AsSpan(half));
    }

    private static void Grow(ref float[] array, int length)
    {
        if (array.Length < length)
        {
            array = new float[length];
        }
    }
}
