using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// Power spectra |X|² of eight real frames of 512 samples at once, one frame a lane. The even and odd samples make one complex sequence of 256,
/// transformed by four radix-4 Stockham passes (autosorting; Van Loan 1992, section 1.7) and taken apart. Multiplications and additions
/// are never fused, so that the bits do not depend on the machine.
/// </summary>
internal sealed class PowerSpectrum512
{
    public const int Size = 512;
    public const int Bins = (Size / 2) + 1;
    private const int Half = Size / 2;

    /// <summary>e^(-2 pi i k / 256), which the passes multiply by.</summary>
    public static readonly (float Re, float Im)[] HalfTwiddles = Twiddles(Half, Half);

    /// <summary>e^(-2 pi i k / 512), which taking the transform apart multiplies by.</summary>
    public static readonly (float Re, float Im)[] SplitTwiddles = Twiddles(Half, Size);

    private Vector256<float>[] _re = new Vector256<float>[Half];
    private Vector256<float>[] _im = new Vector256<float>[Half];
    private Vector256<float>[] _nextRe = new Vector256<float>[Half];
    private Vector256<float>[] _nextIm = new Vector256<float>[Half];

    /// <summary>The even samples of the frames, then spoiled.</summary>
    public Span<Vector256<float>> Even => _re;

    /// <summary>The odd samples of the frames, then spoiled.</summary>
    public Span<Vector256<float>> Odd => _im;

    /// <summary>Transforms what is in <see cref="Even"/> and <see cref="Odd"/> into powers, <see cref="Bins"/> of them.</summary>
    public void Transform(Span<Vector256<float>> power)
    {
        for (int stride = 1; stride < Half; stride *= 4)
        {
            Pass(stride);
            (_re, _nextRe) = (_nextRe, _re);
            (_im, _nextIm) = (_nextIm, _im);
        }

        Split(power);
    }

    private void Pass(int stride)
    {
        int quarter = Half / stride / 4;
        ref Vector256<float> xr = ref MemoryMarshal.GetArrayDataReference(_re);
        ref Vector256<float> xi = ref MemoryMarshal.GetArrayDataReference(_im);
        ref Vector256<float> yr = ref MemoryMarshal.GetArrayDataReference(_nextRe);
        ref Vector256<float> yi = ref MemoryMarshal.GetArrayDataReference(_nextIm);
        for (int p = 0; p < quarter; p++)
        {
            (float Re, float Im) t1 = HalfTwiddles[p * stride];
            (float Re, float Im) t2 = HalfTwiddles[2 * p * stride];
            (float Re, float Im) t3 = HalfTwiddles[3 * p * stride];
            Vector256<float> w1r = Vector256.Create(t1.Re), w1i = Vector256.Create(t1.Im);
            Vector256<float> w2r = Vector256.Create(t2.Re), w2i = Vector256.Create(t2.Im);
            Vector256<float> w3r = Vector256.Create(t3.Re), w3i = Vector256.Create(t3.Im);
            for (int q = 0; q < stride; q++)
            {
                int a = q + (stride * p);
                int step = stride * quarter;
                Vector256<float> ar = Unsafe.Add(ref xr, a), ai = Unsafe.Add(ref xi, a);
                Vector256<float> br = Unsafe.Add(ref xr, a + step), bi = Unsafe.Add(ref xi, a + step);
                Vector256<float> cr = Unsafe.Add(ref xr, a + (2 * step)), ci = Unsafe.Add(ref xi, a + (2 * step));
                Vector256<float> dr = Unsafe.Add(ref xr, a + (3 * step)), di = Unsafe.Add(ref xi, a + (3 * step));
                Vector256<float> sumAcR = ar + cr, sumAcI = ai + ci, difAcR = ar - cr, difAcI = ai - ci;
                Vector256<float> sumBdR = br + dr, sumBdI = bi + di, difBdR = br - dr, difBdI = bi - di;
                Vector256<float> oneR = difAcR + difBdI, oneI = difAcI - difBdR;
                Vector256<float> twoR = sumAcR - sumBdR, twoI = sumAcI - sumBdI;
                Vector256<float> threeR = difAcR - difBdI, threeI = difAcI + difBdR;
                int y = q + (stride * 4 * p);
                Unsafe.Add(ref yr, y) = sumAcR + sumBdR;
                Unsafe.Add(ref yi, y) = sumAcI + sumBdI;
                Unsafe.Add(ref yr, y + stride) = (oneR * w1r) - (oneI * w1i);
                Unsafe.Add(ref yi, y + stride) = (oneR * w1i) + (oneI * w1r);
                Unsafe.Add(ref yr, y + (2 * stride)) = (twoR * w2r) - (twoI * w2i);
                Unsafe.Add(ref yi, y + (2 * stride)) = (twoR * w2i) + (twoI * w2r);
                Unsafe.Add(ref yr, y + (3 * stride)) = (threeR * w3r) - (threeI * w3i);
                Unsafe.Add(ref yi, y + (3 * stride)) = (threeR * w3i) + (threeI * w3r);
            }
        }
    }

    // With Z the transform of even + i odd: E = (Z[k] + conj Z[-k]) / 2, O = (Z[k] - conj Z[-k]) / 2i, X[k] = E + w^k O, X[256 - k] = conj(E - w^k O).
    private void Split(Span<Vector256<float>> power)
    {
        Vector256<float> half = Vector256.Create(0.5f);
        Vector256<float> zero = _re[0] + _im[0], nyquist = _re[0] - _im[0];
        power[0] = zero * zero;
        power[Half] = nyquist * nyquist;
        for (int k = 1; k <= Half / 2; k++)
        {
            Vector256<float> kr = _re[k], ki = _im[k], mr = _re[Half - k], mi = _im[Half - k];
            Vector256<float> er = (kr + mr) * half, ei = (ki - mi) * half;
            Vector256<float> or = (ki + mi) * half, oi = (mr - kr) * half;
            Vector256<float> wr = Vector256.Create(SplitTwiddles[k].Re), wi = Vector256.Create(SplitTwiddles[k].Im);
            Vector256<float> tr = (or * wr) - (oi * wi), ti = (or * wi) + (oi * wr);
            Vector256<float> pr = er + tr, pi = ei + ti, qr = er - tr, qi = ei - ti;
            power[k] = (pr * pr) + (pi * pi);
            power[Half - k] = (qr * qr) + (qi * qi);
        }
    }

    private static (float Re, float Im)[] Twiddles(int count, int period) =>
        [.. Enumerable.Range(0, count).Select(k => ((float)Math.Cos(2 * Math.PI * k / period), (float)-Math.Sin(2 * Math.PI * k / period)))];
}
