namespace Pipeline.FeatureStore.Audio;

/// <summary>A sinc low-pass under a Kaiser window (Kaiser 1974).</summary>
internal static class KaiserSinc
{
    /// <summary>The window's shape for a stop band so many decibels down, 50 or more.</summary>
    public static double Beta(double attenuation) => 0.1102 * (attenuation - 8.7);

    /// <summary>The weight at a place.</summary>
    /// <param name="x">The distance from the middle, in samples.</param>
    /// <param name="half">Half the window's width, in samples; beyond it the weight is 0.</param>
    /// <param name="cutoff">The end of the pass band, in parts of half the sample rate.</param>
    /// <param name="beta">The window's shape.</param>
    public static double Weight(double x, double half, double cutoff, double beta)
    {
        double place = x / half, angle = Math.PI * cutoff * x;
        double sinc = Math.Abs(angle) < 1e-12 ? 1 : Math.Sin(angle) / angle;
        return Math.Abs(place) >= 1 ? 0 : sinc * BesselI0(beta * Math.Sqrt(1 - (place * place)));
    }

    // The modified Bessel function of order 0 by its power series; for arguments up to 12 the terms left out are below 1e-17 of the sum.
    private static double BesselI0(double x)
    {
        double term = 1, sum = 1, quarter = x * x / 4;
        for (int k = 1; k < 64; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
