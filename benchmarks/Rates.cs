using System.Diagnostics;

namespace Pipeline.Bench;

/// <summary>Measures rates.</summary>
internal static class Rates
{
    // The best of several rounds: other work on the machine only ever makes a round slower.
    private const int Rounds = 7;
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(400);

    /// <summary>Items a second of the best round, after one round to warm up.</summary>
    public static double BestOf(int itemsPerCall, Action call)
    {
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            long items = 0;
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < RoundLength)
            {
                call();
                items += itemsPerCall;
            }

            best = round == 0 ? 0 : Math.Max(best, items / watch.Elapsed.TotalSeconds);
        }

        return best;
    }
}
