using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>What is made of compressed bands [bands, frames]: their cosine transform along the bands, and differences along the frames.</summary>
internal static class Cepstrum
{
    /// <summary>Frames that a difference looks at.</summary>
    public const int DifferenceWidth = 9;

    private const int Reach = DifferenceWidth / 2;

    // Of i from -4 to 4 the squares sum to 60 and have the mean 20/3, from which theirs differ by squares that sum to 308.
    private static readonly double[] First = [.. Enumerable.Range(-Reach, DifferenceWidth).Select(static i => i / 60.0)];
    private static readonly double[] Second = [.. Enumerable.Range(-Reach, DifferenceWidth).Select(static i => 2 * ((i * i) - (20.0 / 3)) / 308)];

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
            int frame = 0;
            for (; frame <= frames - Vector256<double>.Count; frame += Vector256<double>.Count)
            {
                Vector256<double> sums = Vector256<double>.Zero;
                for (int n = 0; n < transform[k].Length; n++)
                {
                    Vector256<double> values = Vector256.WidenLower(Vector128.Create(bands[((n * frames) + frame)..]).ToVector256());
                    sums += Vector256.Create((double)transform[k][n]) * values;
                }

                Vector256.Narrow(sums, sums).GetLower().CopyTo(cepstra[((k * frames) + frame)..]);
            }

            for (; frame < frames; frame++)
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
        double[] weights = order == 1 ? First : Second;
        for (int row = 0; row < values.Length; row += frames)
        {
            for (int frame = Reach; frame < frames - Reach; frame++)
            {
                double sum = 0;
                for (int i = 0; i < weights.Length; i++)
                {
                    sum += weights[i] * values[row + frame - Reach + i];
                }

                differences[row + frame] = (float)sum;
            }

            differences.Slice(row, Reach).Fill(differences[row + Reach]);
            differences.Slice(row + frames - Reach, Reach).Fill(differences[row + frames - Reach - 1]);
        }
    }
}
