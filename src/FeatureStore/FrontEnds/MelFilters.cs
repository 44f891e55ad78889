namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// Triangular filters on the HTK mel scale, m = 2595 log10(1 + f/700), linear in Hz between points equally spaced in mel, without area norm
/// (models.md 1.A). Only the non-zero weights are kept.
/// </summary>
internal sealed class MelFilters
{
    /// <summary>Makes <paramref name="count"/> filters between 0 and <paramref name="maxHz"/> over the bins of an FFT.</summary>
    public MelFilters(int count, double maxHz, int sampleRate, int fftSize)
    {
        double maxMel = 2595.0 * Math.Log10(1.0 + (maxHz / 700.0));
        double[] points = [.. Enumerable.Range(0, count + 2).Select(i => 700.0 * (Math.Pow(10.0, maxMel * i / (count + 1) / 2595.0) - 1.0))];
        Starts = new int[count];
        Weights = new float[count][];
        for (int band = 0; band < count; band++)
        {
            (double low, double centre, double high) = (points[band], points[band + 1], points[band + 2]);
            double Weight(int bin)
            {
                double hz = (double)bin * sampleRate / fftSize;
                return Math.Max(0.0, Math.Min((hz - low) / (centre - low), (high - hz) / (high - centre)));
            }

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
}
