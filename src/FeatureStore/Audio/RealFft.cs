using System.Numerics;
using System.Runtime.Intrinsics;
using Lanes = System.Runtime.Intrinsics.Vector256<double>;

namespace Pipeline.FeatureStore.Audio;

/// <summary>
/// Spectra of real signals whose length is a power of two, and back, four signals at once, one in each lane. The even and odd samples make one complex
/// sequence of half the length, transformed in place (radix 2, decimation in time; Cooley and Tukey 1965) and taken apart. Twiddle factors are floats,
/// sums double precision and never fused, so that the bits depend neither on the machine nor on the lane. Safe for any number of threads.
/// </summary>
internal sealed class RealFft
{
    /// <summary>Signals that are transformed at once.</summary>
    public const int Width = 4;

    private readonly int[] _reversed;
    private readonly (float Re, float Im)[] _twiddles;

    /// <summary>The transform of signals of <paramref name="size"/> samples, a power of two from 4 on.</summary>
    public RealFft(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size, (int)BitOperations.RoundUpToPowerOf2((uint)size));
        Size = size;
        int half = size / 2, bits = BitOperations.Log2((uint)half);
        _reversed = [.. Enumerable.Range(0, half).Select(i => Enumerable.Range(0, bits).Sum(bit => ((i >> bit) & 1) << (bits - 1 - bit)))];
        _twiddles = [.. Enumerable.Range(0, half).Select(k => ((float)Math.Cos(2 * Math.PI * k / size), (float)-Math.Sin(2 * Math.PI * k / size)))];
    }

    /// <summary>Samples of a signal.</summary>
    public int Size { get; }

    /// <summary>Bins of a spectrum, from 0 to half the sample rate.</summary>
    public int Bins => (Size / 2) + 1;

    /// <summary>The spectra X[k] = sum of x[n] exp(-2 pi i k n / size).</summary>
    /// <param name="signal">The samples, <see cref="Size"/> of each lane.</param>
    /// <param name="re">Real parts, <see cref="Bins"/> of each lane.</param>
    /// <param name="im">Imaginary parts, as many.</param>
    public void Forward(ReadOnlySpan<Lanes> signal, Span<Lanes> re, Span<Lanes> im)
    {
        int half = Size / 2;
        for (int i = 0; i < half; i++)
        {
            int to = _reversed[i];
            re[to] = signal[2 * i];
            im[to] = signal[(2 * i) + 1];
        }

        Transform(re[..half], im[..half]);
        (re[half], im[half]) = (re[0], im[0]);
        for (int k = 0, mirror = half; k <= mirror; k++, mirror--)
        {
            (Lanes Re, Lanes Im) low = (re[k], im[k]), high = (re[mirror], im[mirror]);
            (re[k], im[k]) = TakenApart(low, high, Twiddle(k));
            (re[mirror], im[mirror]) = TakenApart(high, low, Twiddle(mirror));
        }
    }

    /// <summary>The signals of spectra: what <see cref="Forward"/> takes, from what it gives. The imaginary parts of the first and last bin count as 0.</summary>
    /// <param name="re">Real parts; spoiled.</param>
    /// <param name="im">Imaginary parts; spoiled.</param>
    /// <param name="signal">The samples.</param>
    public void Inverse(Span<Lanes> re, Span<Lanes> im, Span<Lanes> signal)
    {
        int half = Size / 2;
        (im[0], im[half]) = (Lanes.Zero, Lanes.Zero);
        for (int k = 0, mirror = half; k <= mirror; k++, mirror--)
        {
            (Lanes Re, Lanes Im) low = (re[k], im[k]), high = (re[mirror], im[mirror]);
            (re[k], im[k]) = PutTogether(low, high, Twiddle(k));
            (re[mirror], im[mirror]) = PutTogether(high, low, Twiddle(mirror));
        }

        for (int i = 0; i < half; i++)
        {
            int to = _reversed[i];
            if (to > i)
            {
                (re[i], re[to]) = (re[to], re[i]);
                (im[i], im[to]) = (im[to], im[i]);
            }
        }

        // With its parts exchanged before and after, the transform goes backwards.
        Transform(im[..half], re[..half]);
        Lanes scale = Vector256.Create(1.0 / half);
        for (int i = 0; i < half; i++)
        {
            signal[2 * i] = re[i] * scale;
            signal[(2 * i) + 1] = im[i] * scale;
        }
    }

    private void Transform(Span<Lanes> re, Span<Lanes> im)
    {
        for (int span = 1; span < re.Length; span *= 2)
        {
            int step = re.Length / span;
            for (int start = 0; start < re.Length; start += 2 * span)
            {
                Butterflies(re.Slice(start, span), im.Slice(start, span), re.Slice(start + span, span), im.Slice(start + span, span), step);
            }
        }
    }

    private void Butterflies(Span<Lanes> aRe, Span<Lanes> aIm, Span<Lanes> bRe, Span<Lanes> bIm, int step)
    {
        for (int j = 0; j < aRe.Length && j < aIm.Length && j < bRe.Length && j < bIm.Length; j++)
        {
            (float wRe, float wIm) = _twiddles[j * step];
            Lanes wr = Vector256.Create((double)wRe), wi = Vector256.Create((double)wIm);
            Lanes tr = (bRe[j] * wr) - (bIm[j] * wi), ti = (bRe[j] * wi) + (bIm[j] * wr);
            Lanes ar = aRe[j], ai = aIm[j];
            (bRe[j], bIm[j]) = (ar - tr, ai - ti);
            (aRe[j], aIm[j]) = (ar + tr, ai + ti);
        }
    }

    private (Lanes Re, Lanes Im) Twiddle(int k) => k == Size / 2
        ? (Vector256.Create(-1.0), Lanes.Zero)
        : (Vector256.Create((double)_twiddles[k].Re), Vector256.Create((double)_twiddles[k].Im));

    // X[k] = E[k] + w^k O[k], where E and O, the transforms of the even and odd samples, are the even and odd parts of the sequence's.
    private static (Lanes Re, Lanes Im) TakenApart((Lanes Re, Lanes Im) at, (Lanes Re, Lanes Im) mirror, (Lanes Re, Lanes Im) w)
    {
        Lanes half = Vector256.Create(0.5);
        Lanes evenRe = half * (at.Re + mirror.Re), evenIm = half * (at.Im - mirror.Im);
        Lanes oddRe = half * (at.Im + mirror.Im), oddIm = -half * (at.Re - mirror.Re);
        return (evenRe + ((oddRe * w.Re) - (oddIm * w.Im)), evenIm + ((oddRe * w.Im) + (oddIm * w.Re)));
    }

    // The way back: E[k] + i O[k], with E and O from X[k] and the conjugate of its mirror.
    private static (Lanes Re, Lanes Im) PutTogether((Lanes Re, Lanes Im) at, (Lanes Re, Lanes Im) mirror, (Lanes Re, Lanes Im) w)
    {
        Lanes half = Vector256.Create(0.5);
        Lanes evenRe = half * (at.Re + mirror.Re), evenIm = half * (at.Im - mirror.Im);
        Lanes turnedRe = half * (at.Re - mirror.Re), turnedIm = half * (at.Im + mirror.Im);
        Lanes oddRe = (turnedRe * w.Re) + (turnedIm * w.Im), oddIm = (turnedIm * w.Re) - (turnedRe * w.Im);
        return (evenRe - oddIm, evenIm + oddRe);
    }
}
