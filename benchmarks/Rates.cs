using System.Diagnostics;

namespace Pipeline.Bench;

/// <summary>Measures rates.</summary>
internal static class Rates
{
    // The best of several rounds: other work on the machine only ever makes a round slower.
    private const int Rounds = 7;
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(400);

    /// <summary>GB/s of a copy between two arrays larger than the caches, on one thread.</summary>
    public static double MemoryCopy()
    {
        var from = new byte[64 << 20];
        var to = new byte[from.Length];
        return BestOf(1, () => from.CopyTo(to, 0)) * from.Length / 1e9;
    }

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
