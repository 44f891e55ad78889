using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>
/// Draws of the standard normal distribution in large numbers (Marsaglia and Tsang 2000: the ziggurat of 128 strips), some ten times as fast as
/// <see cref="StableRandom.NextGaussian"/>.
/// </summary>
internal static class GaussianNoise
{
    private const int Strips = 128;

    // Where the tail begins and the area of each strip, of Marsaglia and Tsang's table for 128 strips.
    private const double Tail = 3.442619855899, Area = 9.91256303526217e-3;

    // Right ends of the strips from the widest; the widest's is where a box of its area would end.
    private static readonly double[] Ends = MakeEnds();
    private static readonly double[] Heights = [.. Ends.Select(static x => Math.Exp(-0.5 * x * x))];

    /// <summary>One draw.</summary>
    public static double Next(StableRandom random)
    {
        while (true)
        {
            ulong bits = random.NextUInt64();
            int strip = (int)(bits & (Strips - 1));
            double x = ((long)bits >> 11) * (1.0 / (1L << 52)) * Ends[strip];
            if (Math.Abs(x) < Ends[strip + 1])
            {
                return x;
            }

            if (strip == 0)
            {
                return Math.CopySign(FromTail(random), x);
            }

            double height = Heights[strip] + (random.NextDouble() * (Heights[strip + 1] - Heights[strip]));
            if (height < Math.Exp(-0.5 * x * x))
            {
                return x;
            }
        }
    }

    private static double FromTail(StableRandom random)
    {
        double x, y;
        do
        {
            x = -Math.Log(1 - random.NextDouble()) / Tail;
            y = -Math.Log(1 - random.NextDouble());
        }
        while (2 * y < x * x);
        return Tail + x;
    }

    private static double[] MakeEnds()
    {
        var ends = new double[Strips + 1];
        (ends[0], ends[1]) = (Area / Math.Exp(-0.5 * Tail * Tail), Tail);
        for (int i = 2; i < Strips; i++)
        {
            ends[i] = Math.Sqrt(-2 * Math.Log((Area / ends[i - 1]) + Math.Exp(-0.5 * ends[i - 1] * ends[i - 1])));
        }

        return ends;
    }
}
