namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>What is made of compressed bands [bands, frames]: their cosine transform along the bands, and differences along the frames.</summary>
internal static class Cepstrum
{
    /// <summary>Frames that a difference looks at.</summary>
    public const int DifferenceWidth = 9;

    private const int Reach = DifferenceWidth / 2;

    /// <summary>Rows of the type II cosine transform, sqrt(2/bands) cos(pi k (n + 1/2) / bands).</summary>
    public static float[][] Transform(int coefficients, int bands, bool orthonormal) =>
    [
        .. Enumerable.Range(0, coefficients).Select(k => Enumerable.Range(0, bands)
            .Select(n => (float)(Math.Sqrt((orthonormal && k == 0 ? 1.0 : 2.0) / bands) * Math.Cos(Math.PI * k * (n + 0.5) / bands))).ToArray()),
    ];

    /// <summary>Applies a transform to the bands of every frame.</summary>
    public static void Apply(float[][] transform, ReadOnlySpan<float> bands, int frames, Span<float> cepstra)
    {
        for (int k = 0; k < transform.Length; k++)
        {
            for (int frame = 0; frame < frames; frame++)
            {
                double sum = 0;
                for (int n = 0; n < transform[k].Length; n++)
                {
                    sum += (double)transform[k][n] * bands[(n * frames) + frame];
                }

                cepstra[(k * frames) + frame] = (float)sum;
            }
        }
    }

    /// <summary>
    /// First or second differences: the derivative of the polynomial of that degree that fits nine frames best (Savitzky and Golay 1964). Of the
    /// first and last four frames that of the nearest frame which has four on both sides.
    /// </summary>
    public static void Differences(ReadOnlySpan<float> values, int frames, int order, Span<float> differences)
    {
        for (int at = 0; at < values.Length; at++)
        {
            int frame = at % frames, middle = at - frame + Math.Clamp(frame, Reach, frames - 1 - Reach);
            double sum = 0;
            for (int i = -Reach; i <= Reach; i++)
            {
                sum += Weight(i, order) * values[middle + i];
            }

            differences[at] = (float)sum;
        }
    }

    // Of i from -4 to 4 the squares sum to 60 and have the mean 20/3, from which theirs differ by squares that sum to 308.
    private static double Weight(int i, int order) => order == 1 ? i / 60.0 : 2 * ((i * i) - (20.0 / 3)) / 308;
}
