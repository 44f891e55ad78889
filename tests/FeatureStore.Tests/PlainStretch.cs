using System.Numerics;

namespace Pipeline.FeatureStore.Tests;

/// <summary>The phase vocoder as librosa defines it, word for word: angles, their expected advance, wrapping, transforms by definition.</summary>
internal static class PlainStretch
{
    private const int Size = 2048, Hop = 512;

    private static readonly Complex[] Roots = [.. Enumerable.Range(0, Size).Select(static k => Complex.FromPolarCoordinates(1, -2 * Math.PI * k / Size))];
    private static readonly double[] Window = [.. Enumerable.Range(0, Size).Select(static n => 0.5 - (0.5 * Math.Cos(2 * Math.PI * n / Size)))];

    public static double[] Apply(float[] samples, double rate)
    {
        int frames = 1 + (samples.Length / Hop), length = (int)Math.Round(samples.Length / rate);
        Complex[][] spectra = [.. Enumerable.Range(0, frames).Select(f => Spectrum(samples, (f * Hop) - (Size / 2))), new Complex[1025], new Complex[1025]];
        double[] phases = [.. spectra[0].Select(static x => x.Phase)];
        var sum = new double[(int)(frames / rate * Hop) + (4 * Size)];
        var squares = new double[sum.Length];
        for (int step = 0; step * rate < frames; step++)
        {
            int at = (int)(step * rate);
            double part = (step * rate) - at;
            double[] frame = Signal([.. phases.Select((phase, k) => Complex.FromPolarCoordinates(((1 - part) * spectra[at][k].Magnitude) + (part * spectra[at + 1][k].Magnitude), phase))]);
            for (int n = 0; n < Size; n++)
            {
                sum[(step * Hop) + n] += frame[n] * Window[n];
                squares[(step * Hop) + n] += Window[n] * Window[n];
            }

            for (int k = 0; k < phases.Length; k++)
            {
                double expected = Math.PI * Hop * k / 1024, advance = spectra[at + 1][k].Phase - spectra[at][k].Phase - expected;
                phases[k] += expected + advance - (2 * Math.PI * Math.Round(advance / (2 * Math.PI)));
            }
        }

        return [.. Enumerable.Range(Size / 2, length).Select(n => squares[n] > 1e-300 ? sum[n] / squares[n] : 0)];
    }

    private static Complex[] Spectrum(float[] samples, int begin) =>
    [
        .. Enumerable.Range(0, 1025).Select(k =>
        {
            Complex sum = 0;
            for (int n = Math.Max(0, -begin); n < Math.Min(Size, samples.Length - begin); n++)
            {
                sum += samples[begin + n] * Window[n] * Roots[k * n % Size];
            }

            return sum;
        }),
    ];

    private static double[] Signal(Complex[] spectrum) =>
    [
        .. Enumerable.Range(0, Size).Select(n =>
        {
            double sum = spectrum[0].Real + (spectrum[1024].Real * (n % 2 == 0 ? 1 : -1));
            for (int k = 1; k < 1024; k++)
            {
                sum += 2 * (spectrum[k] * Complex.Conjugate(Roots[k * n % Size])).Real;
            }

            return sum / Size;
        }),
    ];
}
