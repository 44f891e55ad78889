using System.Collections.Concurrent;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Audio;

/// <summary>
/// Changes a recording's sample rate by the ratio of two whole numbers: a sinc low-pass under a Kaiser window, one set of weights for each place that
/// an output sample can have between two input samples (Crochiere and Rabiner 1983, chapter 3; Kaiser 1974 for the window). What is below 0.92 of the
/// lower rate's half passes within 0.001 dB; what is above that half is 100 dB down. Weights are floats, products of floats are exact in double
/// precision and sums go in one order, so that the bits are the same on every machine.
/// </summary>
internal sealed class Resampler
{
    /// <summary>A change of a single output bit is a new version, and so a new feature set.</summary>
    public const int Version = 1;

    // Kaiser's formulas for an attenuation of 110 dB over a transition of 0.08 of the band.
    private const double PassBand = 0.92, Attenuation = 110;
    private const double HalfTaps = (Attenuation - 7.95) / (2.285 * Math.PI * (1 - PassBand)) / 2;

    // 128 MB of weights; usual rates need below 1 MB.
    private const long MaxWeights = 32L << 20;

    private static readonly double Beta = KaiserSinc.Beta(Attenuation);

    private static readonly ConcurrentDictionary<(int From, int To), Resampler> Known = [];

    private readonly int _up;
    private readonly int _down;
    private readonly int _half;
    private readonly float[][] _weights;

    private Resampler(int from, int to)
    {
        int common = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to);
        (_up, _down) = (to / common, from / common);
        double stretch = Math.Max(1.0, (double)from / to);
        _half = (int)Math.Ceiling(HalfTaps * stretch);
        if ((long)_up * 2 * _half > MaxWeights)
        {
            throw new BadInputException(
                $"Resampling from {from} to {to} Hz needs {(long)_up * 2 * _half} weights. Expected at most {MaxWeights}; convert the recordings beforehand.");
        }

        double cutoff = (1 + PassBand) / 2 / stretch;
        _weights = [.. Enumerable.Range(0, _up).Select(phase => Weights((double)phase / _up, cutoff))];
    }

    /// <summary>The resampler of two rates, made once.</summary>
    /// <exception cref="BadInputException">The ratio needs more weights than memory should hold.</exception>
    public static Resampler Of(int from, int to) => Known.GetOrAdd((from, to), static rates => new(rates.From, rates.To));

    /// <summary>
    /// The samples at the new rate: as many as begin before the recording's end. Output k stands at the time of input k · from / to; before and
    /// after the recording there is silence.
    /// </summary>
    public float[] Apply(ReadOnlySpan<float> samples)
    {
        var output = new float[checked((int)((((long)samples.Length * _up) + _down - 1) / _down))];
        for (int k = 0; k < output.Length; k++)
        {
            (long at, long phase) = Math.DivRem((long)k * _down, _up);
            output[k] = Sum(samples, (int)at - _half + 1, _weights[phase]);
        }

        return output;
    }

    private static float Sum(ReadOnlySpan<float> samples, int first, ReadOnlySpan<float> weights)
    {
        int begin = Math.Max(0, -first), end = Math.Min(weights.Length, samples.Length - first);
        double sum = 0;
        for (int i = begin; i < end; i++)
        {
            sum += (double)samples[first + i] * weights[i];
        }

        return (float)sum;
    }

    // Weights of the inputs around an output that stands a fraction of a sample after the middle one. Their sum is 1, so that silence stays silent.
    private float[] Weights(double fraction, double cutoff)
    {
        double[] weights = [.. Enumerable.Range(0, 2 * _half).Select(i => KaiserSinc.Weight(i - _half + 1 - fraction, _half, cutoff, Beta))];
        double sum = weights.Sum();
        return [.. weights.Select(w => (float)(w / sum))];
    }
}
