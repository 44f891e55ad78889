using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Registry.Tests;

/// <summary>What the log says an alias stands on, against a plain stack that is moved along with it.</summary>
public sealed class PromotionLogTests
{
    [Fact]
    public void Going_back_takes_the_last_promotion_away_however_often_and_in_whatever_order()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            StableRandom random = StableRandom.For((ulong)seed, "promotions");
            List<Promotion> log = [];
            List<long?> plain = [];
            for (int move = 0; move < 30; move++)
            {
                long? from = plain.LastOrDefault();
                if (plain.Count > 0 && random.NextInt(3) == 0)
                {
                    plain.RemoveAt(plain.Count - 1);
                    log.Add(Move(log, "champion", from, plain.LastOrDefault(), PromotionKind.RolledBack));
                }
                else
                {
                    long to = 1 + random.NextInt(9);
                    if (to != from)
                    {
                        plain.Add(to);
                    }

                    log.Add(Move(log, "champion", from, to, PromotionKind.Promoted));
                }

                log.Add(Move(log, "other", null, random.NextInt(9), PromotionKind.Set));
                Assert.Equal(plain.LastOrDefault(), PromotionLog.Top(log, "champion")?.Version);
                Assert.Equal(plain.Count > 1 ? plain[^2] : null, PromotionLog.Previous(log, "champion").Version);
            }
        }
    }

    [Fact]
    public void Every_fleet_that_got_the_version_is_known()
    {
        List<Promotion> log = [];
        log.Add(Move(log, "champion", null, 1, PromotionKind.Promoted, "lab"));
        log.Add(Move(log, "champion", 1, 2, PromotionKind.Promoted, "lab"));
        log.Add(Move(log, "champion", 2, 2, PromotionKind.Promoted, "home"));
        Assert.Equal(["lab", "home"], PromotionLog.Top(log, "champion")!.Fleets);
        log.Add(Move(log, "champion", 2, 1, PromotionKind.RolledBack, "lab"));
        log.Add(Move(log, "champion", 1, 1, PromotionKind.RolledBack, "home"));
        Assert.Equal(["lab", "home"], PromotionLog.Top(log, "champion")!.Fleets);
        log.Add(Move(log, "champion", 1, null, PromotionKind.RolledBack, "lab"));
        Assert.Null(PromotionLog.Top(log, "champion"));
    }

    private static Promotion Move(List<Promotion> log, string alias, long? from, long? to, PromotionKind kind, string? fleet = null) =>
        new("kws", log.Count + 1, alias, from, to, "me", "", DateTimeOffset.UnixEpoch, kind, fleet);
}
