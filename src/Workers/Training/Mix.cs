using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>How the clips of a batch are mixed (Zhang et al. 2018): each with a partner of the batch, all in the same shares.</summary>
/// <param name="Share">The share of the clip itself, 0 to 1; the partner has the rest.</param>
/// <param name="Partner">The partner of each clip.</param>
internal sealed record Mix(float Share, IReadOnlyList<int> Partner)
{
    /// <summary>The mix of a step: a pure function of the trial's seed and the step's number.</summary>
    /// <param name="seed">The trial's seed.</param>
    /// <param name="step">The step.</param>
    /// <param name="count">Clips in the batch.</param>
    /// <param name="alpha">Both parameters of the Beta distribution that the share is drawn from.</param>
    public static Mix Draw(ulong seed, long step, int count, double alpha)
    {
        StableRandom random = StableRandom.For(seed, "mixup", step);
        int[] partner = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(partner);
        (double a, double b) = (Gamma(random, alpha), Gamma(random, alpha));
        return new Mix((float)(a / Math.Max(a + b, double.Epsilon)), partner);
    }

    /// <summary>Mixes the rows of a batch in place.</summary>
    /// <param name="features">[rows, elements].</param>
    /// <param name="elements">Elements of a row.</param>
    public void Apply(Span<float> features, int elements)
    {
        float[] before = features.ToArray();
        for (int row = 0; row < Partner.Count; row++)
        {
            ReadOnlySpan<float> other = before.AsSpan(Partner[row] * elements, elements);
            Span<float> own = features.Slice(row * elements, elements);
            for (int i = 0; i < elements; i++)
            {
                own[i] = (Share * own[i]) + ((1 - Share) * other[i]);
            }
        }
    }

    /// <summary>A draw of the Gamma distribution of that shape and scale 1 (Marsaglia and Tsang 2000).</summary>
    private static double Gamma(StableRandom random, double shape)
    {
        // Below 1 it is drawn for one more, and taken down by a power of a uniform number.
        double boost = shape < 1 ? Math.Pow(1 - random.NextDouble(), 1 / shape) : 1;
        double d = (shape < 1 ? shape + 1 : shape) - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = random.NextGaussian();
            double v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v * boost;
            }
        }
    }
}
