using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Tests;

public sealed class EarlyStoppingRulesTests
{
    private const int Interleavings = 400;

    private static readonly EarlyStoppingSpec Asha = new(EarlyStoppingMethod.Asha, "val/accuracy", MinEpochs: 2, Eta: 3);

    private static readonly EarlyStoppingSpec Median = new(EarlyStoppingMethod.Median, "val/accuracy", MinEpochs: 2, Eta: 3);

    [Fact]
    public void Asha_judges_at_powers_of_eta_and_median_at_every_multiple_but_never_after_the_last_epoch()
    {
        Assert.Equal([2, 6, 18], Enumerable.Range(0, 55).Where(static epoch => EarlyStoppingRules.IsRung(Asha, epoch, epochs: 54)));
        Assert.Equal([2, 4, 6], Enumerable.Range(0, 10).Where(static epoch => EarlyStoppingRules.IsRung(Median, epoch, epochs: 8)));
    }

    [Theory]
    [InlineData(0.1, "")] // The first trial has nobody to lose to.
    [InlineData(0.6, "0.5")]
    [InlineData(0.6, "0.5 0.4 0.3 0.2 0.1")] // One of six: the best third is two.
    [InlineData(0.45, "0.5 0.4 0.3 0.2 0.1")]
    public void Asha_lets_the_best_of_so_many_go_on(double own, string lower) => Assert.Equal(Verdict.Continue, Judge(Asha, own, lower));

    [Theory]
    [InlineData(0.4, "0.5")]
    [InlineData(0.5, "0.5")] // Of equals the first goes on.
    [InlineData(0.35, "0.5 0.4 0.3 0.2 0.1")]
    [InlineData(double.NaN, "0.5")]
    [InlineData(double.NaN, "NaN")]
    public void Asha_ends_the_others(double own, string lower) => Assert.Equal(Verdict.Stop, Judge(Asha, own, lower));

    [Fact]
    public void A_loss_is_better_where_it_is_less()
    {
        EarlyStoppingSpec loss = Asha with { Metric = "val/loss" };
        Assert.Equal(Verdict.Continue, Judge(loss, 0.4, "0.5"));
        Assert.Equal(Verdict.Stop, Judge(loss, 0.6, "0.5"));
        Assert.Equal(Verdict.Stop, Judge(loss, double.NaN, "0.5"));
    }

    [Fact]
    public void The_median_says_nothing_of_fewer_than_five_trials()
    {
        Assert.Equal(Verdict.Continue, Judge(Median, 0, "0.1 0.2 0.3 0.4"));
        Assert.Equal(Verdict.Continue, Judge(Median, 0.3, "0.5 0.1 0.4 0.2 0.3"));
        Assert.Equal(Verdict.Stop, Judge(Median, 0.29, "0.5 0.1 0.4 0.2 0.3"));
        Assert.Equal(Verdict.Continue, Judge(Median, 0.35, "0.5 0.1 0.4 0.2 0.3 0.6"));
        Assert.Equal(Verdict.Stop, Judge(Median, 0.34, "0.5 0.1 0.4 0.2 0.3 0.6"));
    }

    [Fact]
    public void A_trial_waits_for_those_of_lower_number_but_not_for_those_that_have_ended()
    {
        Assert.Equal(Verdict.Wait, EarlyStoppingRules.Judge(Asha, 0.9, [new(0.1, Ended: false), new(null, Ended: false)]));
        Assert.Equal(Verdict.Continue, EarlyStoppingRules.Judge(Asha, 0.9, [new(0.1, Ended: true), new(null, Ended: true)]));
    }

    [Theory]
    [InlineData(EarlyStoppingMethod.Asha)]
    [InlineData(EarlyStoppingMethod.Median)]
    public void Whoever_comes_when_the_same_trials_end_at_the_same_epochs_and_nobody_waits_for_ever(EarlyStoppingMethod method)
    {
        int early = 0;
        for (int seed = 0; seed < Interleavings; seed++)
        {
            StableRandom random = StableRandom.For((ulong)seed, "early-stopping");
            InventedSweep sweep = new(method, random);
            int[] expected = sweep.OneAfterTheOther();
            early += expected.Zip(sweep.LastEpochs).Count(static pair => pair.First < pair.Second);
            Assert.Equal(expected, sweep.AllAtOnce(random));
            Assert.Equal(expected, sweep.AllAtOnce(random));
        }

        Assert.True(early > Interleavings, $"Only {early} trials ended early: the sweeps do not put the rules to the test.");
    }

    private static Verdict Judge(EarlyStoppingSpec spec, double own, string lower) => EarlyStoppingRules.Judge(
        spec,
        own,
        lower.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static v => new AtRung(double.Parse(v, System.Globalization.CultureInfo.InvariantCulture), Ended: false)));

    /// <summary>Trials with measurements out of few values, so that many are equal, some of them not a number; some trials fail on their way.</summary>
    private sealed class InventedSweep
    {
        private readonly EarlyStoppingSpec _spec;
        private readonly int _epochs;
        private readonly double[][] _measured;

        public InventedSweep(EarlyStoppingMethod method, StableRandom random)
        {
            _epochs = 3 + random.NextInt(30);
            _spec = new(method, "val/accuracy", MinEpochs: 1 + random.NextInt(3), Eta: 2 + random.NextInt(3));
            _measured = [.. Enumerable.Range(0, 1 + random.NextInt(40)).Select(_ => Enumerable.Range(0, _epochs + 1)
                .Select(_ => random.NextInt(50) == 0 ? double.NaN : random.NextInt(12) / 12.0).ToArray())];
            LastEpochs = [.. _measured.Select(_ => random.NextInt(8) == 0 ? random.NextInt(_epochs) : _epochs)];
        }

        /// <summary>Where each trial ends that nobody stops: at its last epoch, or where it fails.</summary>
        public int[] LastEpochs { get; }

        /// <summary>The rule as a person would follow it, trial after trial, with a list of what was seen at each rung.</summary>
        public int[] OneAfterTheOther()
        {
            List<double>[] seen = [.. Enumerable.Range(0, _epochs + 1).Select(static _ => new List<double>())];
            return [.. _measured.Select((measured, trial) =>
            {
                for (int epoch = 1; epoch <= LastEpochs[trial]; epoch++)
                {
                    if (!EarlyStoppingRules.IsRung(_spec, epoch, _epochs))
                    {
                        continue;
                    }

                    double own = double.IsNaN(measured[epoch]) ? -1 : measured[epoch];
                    double[] before = [.. seen[epoch].OrderDescending()];
                    seen[epoch].Add(own);
                    bool goesOn = _spec.Method == EarlyStoppingMethod.Asha
                        ? before.Append(own).OrderDescending().ToList().LastIndexOf(own) + 1 <= Math.Max(1, (before.Length + 1) / _spec.Eta)
                        : before.Length < 5 || 2 * own >= before[(before.Length - 1) / 2] + before[before.Length / 2];
                    if (!goesOn)
                    {
                        return epoch;
                    }
                }

                return LastEpochs[trial];
            })];
        }

        /// <summary>All trials run at once, any of them comes next; those that rest are judged in any order.</summary>
        public int[] AllAtOnce(StableRandom random)
        {
            int[] epochs = new int[_measured.Length];
            bool[] ended = [.. LastEpochs.Select(static last => last == 0)];
            bool[] resting = new bool[_measured.Length];
            while (ended.Contains(false))
            {
                int[] able = [.. Enumerable.Range(0, ended.Length).Where(t => !ended[t] && !resting[t])];
                Assert.NotEmpty(able);
                int trial = able[random.NextInt(able.Length)];
                epochs[trial]++;
                resting[trial] = EarlyStoppingRules.IsRung(_spec, epochs[trial], _epochs);
                ended[trial] = !resting[trial] && epochs[trial] == LastEpochs[trial];
                while (JudgeOne(epochs, ended, resting, random))
                {
                }
            }

            return epochs;
        }

        private bool JudgeOne(int[] epochs, bool[] ended, bool[] resting, StableRandom random)
        {
            int[] order = [.. Enumerable.Range(0, resting.Length).Where(t => resting[t])];
            random.Shuffle<int>(order);
            foreach (int trial in order)
            {
                int rung = epochs[trial];
                Verdict verdict = EarlyStoppingRules.Judge(
                    _spec,
                    _measured[trial][rung],
                    Enumerable.Range(0, trial).Select(t => new AtRung(epochs[t] >= rung ? _measured[t][rung] : null, ended[t])));
                if (verdict != Verdict.Wait)
                {
                    resting[trial] = false;
                    ended[trial] = verdict == Verdict.Stop || rung == LastEpochs[trial];
                    return true;
                }
            }

            return false;
        }
    }
}
