using Pipeline.Contracts;

namespace Pipeline.Workers.Streaming;

/// <summary>Hears keywords in a stream of probabilities, and counts what was heard rightly. Pure.</summary>
public static class KeywordStream
{
    /// <summary>The thresholds of a trade-off curve: every hundredth, and closer to 1, where the probabilities of a trained model crowd.</summary>
    private static readonly double[] Thresholds = [.. Enumerable.Range(1, 99).Select(static i => i / 100.0), 0.993, 0.995, 0.997, 0.998, 0.999, 0.9995, 0.9999];

    /// <summary>The classes that are keywords: all but those that begin with an underscore, as <c>_silence_</c> and <c>_unknown_</c>.</summary>
    public static IReadOnlyList<int> KeywordsOf(IReadOnlyList<string> classes) =>
        [.. Enumerable.Range(0, classes.Count).Where(c => !classes[c].StartsWith('_'))];

    /// <summary>
    /// The keywords heard: at each window the likeliest keyword, where its probability reaches the threshold and the last one heard is longer ago than the
    /// refractory time.
    /// </summary>
    /// <param name="smoothed">The averaged probabilities.</param>
    /// <param name="keywords">The classes that are keywords.</param>
    /// <param name="threshold">The probability from which one counts as heard.</param>
    /// <param name="refractorySeconds">The time after one in which none is heard.</param>
    public static IReadOnlyList<HeardKeyword> Hear(Posteriors smoothed, IReadOnlyList<int> keywords, double threshold, double refractorySeconds)
    {
        List<HeardKeyword> heard = [];
        for (int window = 0; window < smoothed.Windows; window++)
        {
            ReadOnlySpan<float> row = smoothed.Of(window);
            int best = keywords[0];
            foreach (int keyword in keywords)
            {
                best = row[keyword] > row[best] ? keyword : best;
            }

            double time = smoothed.EndOf(window);

            // Times are sums of hops: a thousandth of one decides nothing.
            bool rests = heard.Count > 0 && time - heard[^1].Time < refractorySeconds - (smoothed.HopSeconds / 1000);
            if (row[best] >= threshold && !rests)
            {
                heard.Add(new HeardKeyword(best, time, row[best]));
            }
        }

        return heard;
    }

    /// <summary>
    /// Counts: a spoken keyword is hit by the first of its class heard from its beginning to the tolerance after its end, and each heard one hits at most
    /// one; spoken ones that are left are misses, heard ones that are left false alarms, a keyword heard twice among them.
    /// </summary>
    /// <param name="heard">What was heard, by time.</param>
    /// <param name="spoken">What was spoken, by time.</param>
    /// <param name="toleranceSeconds">The tolerance.</param>
    /// <param name="seconds">The stream's length.</param>
    /// <param name="threshold">The threshold that it was heard with.</param>
    public static DetPoint Score(
        IReadOnlyList<HeardKeyword> heard, IReadOnlyList<SpokenKeyword> spoken, double toleranceSeconds, double seconds, double threshold)
    {
        bool[] taken = new bool[heard.Count];
        int from = 0;
        int hits = 0;
        foreach (SpokenKeyword keyword in spoken)
        {
            while (from < heard.Count && heard[from].Time < keyword.Start)
            {
                from++;
            }

            for (int i = from; i < heard.Count && heard[i].Time <= keyword.End + toleranceSeconds; i++)
            {
                if (!taken[i] && heard[i].Class == keyword.Class)
                {
                    taken[i] = true;
                    hits++;
                    break;
                }
            }
        }

        int misses = spoken.Count - hits;
        int falseAlarms = heard.Count - hits;
        return new(threshold, misses, falseAlarms, spoken.Count == 0 ? 0 : (double)misses / spoken.Count, seconds <= 0 ? 0 : falseAlarms * 3600 / seconds);
    }

    /// <summary>Measures a stream at the threshold of its settings and at those of a curve.</summary>
    /// <param name="posteriors">The model's probabilities, not averaged yet.</param>
    /// <param name="keywords">The classes that are keywords.</param>
    /// <param name="spoken">What was spoken, by time.</param>
    /// <param name="settings">How it listens.</param>
    /// <param name="seconds">The stream's length.</param>
    /// <param name="source">What the stream is.</param>
    public static StreamReport Measure(
        Posteriors posteriors, IReadOnlyList<int> keywords, IReadOnlyList<SpokenKeyword> spoken, StreamSettings settings, double seconds, string source)
    {
        Posteriors smoothed = posteriors.Smoothed(settings.SmoothingMs / settings.HopMs);
        DetPoint At(double threshold) => Score(
            Hear(smoothed, keywords, threshold, settings.RefractoryMs / 1000.0), spoken, settings.ToleranceMs / 1000.0, seconds, threshold);
        return new(seconds, spoken.Count, posteriors.Windows, settings, At(settings.Threshold), [.. Thresholds.Select(At)], source);
    }
}
