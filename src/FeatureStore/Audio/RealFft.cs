using System.Numerics;
using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.Audio;

/// <summary>
/// Spectra of real signals whose length is a power of two, and back, several signals at once, one in each lane. The even and odd samples make one complex
/// sequence of half the length, transformed in place (radix 2, decimation in time; Cooley and Tukey 1965) and taken apart. Twiddle factors are floats,
/// and sums never fused, so that the bits depend neither on the machine nor on the lane. Safe for any number of threads.
/// </summary>
/// <typeparam name="T">The precision: float, eight lanes, or double, four.</typeparam>
internal sealed class RealFft<T>
    where T : struct, IFloatingPointIeee754<T>
{
    /// <summary>Signals that are transformed at once.</summary>
    public static readonly int Width = Vector256<T>.Count;

    private readonly int[] _reversed;
    private readonly (T Re, T Im)[] _twiddles;

    /// <summary>The transform of signals of <paramref name="size"/> samples, a power of two from 4 on.</summary>
    public RealFft(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size, (int)BitOperations.RoundUpToPowerOf2((uint)size));
        Size = size;
        int half = size / 2, bits = BitOperations.Log2((uint)half);
        _reversed = [.. Enumerable.Range(0, half).Select(i => Enumerable.Range(0, bits).Sum(bit => ((i >> bit) & 1) << (bits - 1 - bit)))];
        _twiddles = [.. Enumerable.Range(0, half).Select(k => Root(2 * Math.PI * k / size))];
    }

    /// <summary>Samples of a signal.</summary>
    public int Size { get; }

    /// <summary>Bins of a spectrum, from 0 to half the sample rate.</summary>
    public int Bins => (Size / 2) + 1;

    /// <summary>The spectra X[k] = sum of x[n] exp(-2 pi i k n / size).</summary>
    /// <param name="signal">The samples, <see cref="Size"/> of each lane.</param>
    /// <param name="re">Real parts, <see cref="Bins"/> of each lane.</param>
    /// <param name="im">Imaginary parts, as many.</param>
    public void Forward(ReadOnlySpan<Vector256<T>> signal, Span<Vector256<T>> re, Span<Vector256<T>> im)
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
            (Vector256<T> Re, Vector256<T> Im) low = (re[k], im[k]), high = (re[mirror], im[mirror]);
            (re[k], im[k]) = TakenApart(low, high, Twiddle(k));
            (re[mirror], im[mirror]) = TakenApart(high, low, Twiddle(mirror));
        }
    }

    /// <summary>The signals of spectra: what <see cref="Forward"/> takes, from what it gives. The imaginary parts of the first and last bin count as 0.</summary>
    /// <param name="re">Real parts; spoiled.</param>
    /// <param name="im">Imaginary parts; spoiled.</param>
    /// <param name="signal">The samples.</param>
    public void Inverse(Span<Vector256<T>> re, Span<Vector256<T>> im, Span<Vector256<T>> signal)
    {
        int half = Size / 2;
        (im[0], im[half]) = (Vector256<T>.Zero, Vector256<T>.Zero);
        for (int k = 0, mirror = half; k <= mirror; k++, mirror--)
        {
            (Vector256<T> Re, Vector256<T> Im) low = (re[k], im[k]), high = (re[mirror], im[mirror]);
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
        Vector256<T> scale = Vector256.Create(T.One / T.CreateChecked(half));
        for (int i = 0; i < half; i++)
        {
            signal[2 * i] = re[i] * scale;
            signal[(2 * i) + 1] = im[i] * scale;
        }
    }

    private void Transform(Span<Vector256<T>> re, Span<Vector256<T>> im)
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

    private void Butterflies(Span<Vector256<T>> aRe, Span<Vector256<T>> aIm, Span<Vector256<T>> bRe, Span<Vector256<T>> bIm, int step)
    {
        for (int j = 0; j < aRe.Length && j < aIm.Length && j < bRe.Length && j < bIm.Length; j++)
        {
            (T wRe, T wIm) = _twiddles[j * step];
            Vector256<T> wr = Vector256.Create(wRe), wi = Vector256.Create(wIm);
            Vector256<T> tr = (bRe[j] * wr) - (bIm[j] * wi), ti = (bRe[j] * wi) + (bIm[j] * wr);
            Vector256<T> ar = aRe[j], ai = aIm[j];
            (bRe[j], bIm[j]) = (ar - tr, ai - ti);
            (aRe[j], aIm[j]) = (ar + tr, ai + ti);
        }
    }

    private (Vector256<T> Re, Vector256<T> Im) Twiddle(int k) => k == Size / 2
        ? (-Vector256<T>.One, Vector256<T>.Zero)
        : (Vector256.Create(_twiddles[k].Re), Vector256.Create(_twiddles[k].Im));

    private static (T Re, T Im) Root(double angle) => (T.CreateChecked((float)Math.Cos(angle)), T.CreateChecked((float)-Math.Sin(angle)));

    // X[k] = E[k] + w^k O[k], where E and O, the transforms of the even and odd samples, are the even and odd parts of the sequence's.
    private static (Vector256<T> Re, Vector256<T> Im) TakenApart((Vector256<T> Re, Vector256<T> Im) at, (Vector256<T> Re, Vector256<T> Im) mirror, (Vector256<T> Re, Vector256<T> Im) w)
    {
        Vector256<T> half = Vector256.Create(T.CreateChecked(0.5));
        Vector256<T> evenRe = half * (at.Re + mirror.Re), evenIm = half * (at.Im - mirror.Im);
        Vector256<T> oddRe = half * (at.Im + mirror.Im), oddIm = -half * (at.Re - mirror.Re);
        return (evenRe + ((oddRe * w.Re) - (oddIm * w.Im)), evenIm + ((oddRe * w.Im) + (oddIm * w.Re)));
    }

    // The way back: E[k] + i O[k], with E and O from X[k] and the conjugate of its mirror.
    private static (Vector256<T> Re, Vector256<T> Im) PutTogether((Vector256<T> Re, Vector256<T> Im) at, (Vector256<T> Re, Vector256<T> Im) mirror, (Vector256<T> Re, Vector256<T> Im) w)
    {
        Vector256<T> half = Vector256.Create(T.CreateChecked(0.5));
        Vector256<T> evenRe = half * (at.Re + mirror.Re), evenIm = half * (at.Im - mirror.Im);
        Vector256<T> turnedRe = half * (at.Re - mirror.Re), turnedIm = half * (at.Im + mirror.Im);
        Vector256<T> oddRe = (turnedRe * w.Re) + (turnedIm * w.Im), oddIm = (turnedIm * w.Re) - (turnedRe * w.Im);
        return (evenRe - oddIm, evenIm + oddRe);
    }
}
