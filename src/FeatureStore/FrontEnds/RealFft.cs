using System.Numerics;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// Power spectra |X|² of real frames whose length is a power of two. The even and odd samples make one complex sequence of half the length,
/// transformed in place (radix 2, decimation in time; Cooley and Tukey 1965) and taken apart. Twiddle factors are floats, sums double precision and
/// never fused, so that the bits do not depend on the machine. Safe for any number of threads, each with its own scratch.
/// </summary>
internal sealed class RealFft
{
    private readonly int[] _reversed;
    private readonly (float Re, float Im)[] _twiddles;

    /// <summary>The transform of frames of <paramref name="size"/> samples, a power of two from 4 on.</summary>
    public RealFft(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size, (int)BitOperations.RoundUpToPowerOf2((uint)size));
        Size = size;
        int half = size / 2, bits = BitOperations.Log2((uint)half);
        _reversed = [.. Enumerable.Range(0, half).Select(i => Enumerable.Range(0, bits).Sum(bit => ((i >> bit) & 1) << (bits - 1 - bit)))];
        _twiddles = [.. Enumerable.Range(0, half).Select(k => ((float)Math.Cos(2 * Math.PI * k / size), (float)-Math.Sin(2 * Math.PI * k / size)))];
    }

    /// <summary>Samples of a frame.</summary>
    public int Size { get; }

    /// <summary>Bins of a spectrum.</summary>
    public int Bins => (Size / 2) + 1;

    /// <summary>The power of each bin.</summary>
    /// <param name="frame">The samples.</param>
    /// <param name="scratch">As long as the frame; spoiled.</param>
    /// <param name="power">The bins' powers.</param>
    public void Power(ReadOnlySpan<double> frame, Span<double> scratch, Span<double> power)
    {
        int half = Size / 2;
        Span<double> re = scratch[..half], im = scratch[half..Size];
        for (int i = 0; i < half; i++)
        {
            re[_reversed[i]] = frame[2 * i];
            im[_reversed[i]] = frame[(2 * i) + 1];
        }

        for (int span = 1; span < half; span *= 2)
        {
            Pass(re, im, span);
        }

        for (int k = 0; k <= half; k++)
        {
            power[k] = PowerOf(re, im, k);
        }
    }

    private void Pass(Span<double> re, Span<double> im, int span)
    {
        int step = Size / (2 * span);
        for (int start = 0; start < re.Length; start += 2 * span)
        {
            for (int j = 0; j < span; j++)
            {
                (float wr, float wi) = _twiddles[j * step];
                int a = start + j, b = a + span;
                double tr = (re[b] * wr) - (im[b] * wi), ti = (re[b] * wi) + (im[b] * wr);
                (re[b], im[b]) = (re[a] - tr, im[a] - ti);
                (re[a], im[a]) = (re[a] + tr, im[a] + ti);
            }
        }
    }

    // X[k] = E[k] + w^k O[k], where E and O, the transforms of the even and odd samples, are the even and odd parts of the sequence's.
    private double PowerOf(ReadOnlySpan<double> re, ReadOnlySpan<double> im, int k)
    {
        int half = Size / 2, at = k % half, mirror = (half - at) % half;
        double evenRe = 0.5 * (re[at] + re[mirror]), evenIm = 0.5 * (im[at] - im[mirror]);
        double oddRe = 0.5 * (im[at] + im[mirror]), oddIm = -0.5 * (re[at] - re[mirror]);
        (float wr, float wi) = k == half ? (-1f, 0f) : _twiddles[k];
        double x = evenRe + ((oddRe * wr) - (oddIm * wi)), y = evenIm + ((oddRe * wi) + (oddIm * wr));
        return (x * x) + (y * y);
    }
}
