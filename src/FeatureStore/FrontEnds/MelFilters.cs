namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>Triangular filters over the bins of a power spectrum. Only the non-zero weights are kept.</summary>
internal sealed class MelFilters
{
    private MelFilters(int count, int sampleRate, int fftSize, Func<int, double, double> weight)
    {
        Starts = new int[count];
        Weights = new float[count][];
        for (int band = 0; band < count; band++)
        {
            double Weight(int bin) => Math.Max(0.0, weight(band, (double)bin * sampleRate / fftSize));
            int[] bins = [.. Enumerable.Range(0, (fftSize / 2) + 1).Where(bin => Weight(bin) > 0)];
            Starts[band] = bins.Length == 0 ? 0 : bins[0];
            Weights[band] = [.. bins.Select(bin => (float)Weight(bin))];
        }

        BinCount = Enumerable.Range(0, count).Max(band => Starts[band] + Weights[band].Length);
    }

    /// <summary>First bin of each filter.</summary>
    public int[] Starts { get; }

    /// <summary>Weights of each filter from its first bin on.</summary>
    public float[][] Weights { get; }

    /// <summary>Bins that some filter looks at: the first so many.</summary>
    public int BinCount { get; }

    /// <summary>
    /// Linear in Hz between points equally spaced on the HTK mel scale, m = 2595 log10(1 + f/700), from 0 to <paramref name="maxHz"/>; no area norm
    /// (models.md 1.A).
    /// </summary>
    public static MelFilters Htk(int count, double maxHz, int sampleRate, int fftSize)
    {
        double maxMel = 2595.0 * Math.Log10(1.0 + (maxHz / 700.0));
        double[] points = [.. Enumerable.Range(0, count + 2).Select(i => 700.0 * (Math.Pow(10.0, maxMel * i / (count + 1) / 2595.0) - 1.0))];
        return new(count, sampleRate, fftSize, (band, hz) => Triangle(points, band, hz));
    }

    /// <summary>
    /// Linear in Hz between points equally spaced on Slaney's mel scale (200/3 Hz a mel below 1 kHz, logarithmic above) from 0 to half the rate, each
    /// of area 1 in Hz (models.md 1.B).
    /// </summary>
    public static MelFilters Slaney(int count, int sampleRate, int fftSize)
    {
        const double hzPerMel = 200.0 / 3, edgeHz = 1000, edgeMel = 15;
        double step = Math.Log(6.4) / 27, nyquist = sampleRate / 2.0;
        double maxMel = nyquist < edgeHz ? nyquist / hzPerMel : edgeMel + (Math.Log(nyquist / edgeHz) / step);
        double ToHz(double mel) => mel < edgeMel ? mel * hzPerMel : edgeHz * Math.Exp(step * (mel - edgeMel));
        double[] points = [.. Enumerable.Range(0, count + 2).Select(i => ToHz(maxMel * i / (count + 1)))];
        return new(count, sampleRate, fftSize, (band, hz) => Triangle(points, band, hz) * 2 / (points[band + 2] - points[band]));
    }

    /// <summary>
    /// Linear in mel, m = 1127 ln(1 + f/700), between points equally spaced in mel; no area norm (models.md 1.C to 1.E). Bins below
    /// <paramref name="firstBin"/> have no weight: TensorFlow's contrib operator leaves out one more than the lower limit does.
    /// </summary>
    public static MelFilters LinearInMel(int count, double minHz, double maxHz, int firstBin, int sampleRate, int fftSize)
    {
        double Mel(double hz) => 1127.0 * Math.Log(1.0 + (hz / 700.0));
        double low = Mel(minHz), step = (Mel(maxHz) - low) / (count + 1), firstHz = (firstBin - 0.5) * sampleRate / fftSize;
        double[] points = [.. Enumerable.Range(0, count + 2).Select(i => low + (step * i))];
        return new(count, sampleRate, fftSize, (band, hz) => hz < firstHz ? 0 : Triangle(points, band, Mel(hz)));
    }

    private static double Triangle(double[] points, int band, double at) =>
        Math.Min((at - points[band]) / (points[band + 1] - points[band]), (points[band + 2] - at) / (points[band + 2] - points[band + 1]));
}
