using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Bench.Search;

/// <summary>Judges a trial that has come to a rung.</summary>
/// <param name="trial">Its number.</param>
/// <param name="rung">The epoch.</param>
/// <param name="board">What is known at this moment.</param>
internal delegate Verdict StoppingForm(int trial, int rung, RungBoard board);

/// <summary>Who has come to which rung, in the order of coming, and who has ended.</summary>
/// <param name="Curves">What the trials measure.</param>
internal sealed record RungBoard(LearningCurves Curves)
{
    private readonly Dictionary<int, List<int>> _arrivals = [];

    public bool[] Ended { get; } = new bool[Curves.Trials];

    public int[] Epoch { get; } = new int[Curves.Trials];

    /// <summary>Trials that came to a rung, the first to come first.</summary>
    public List<int> Arrivals(int rung)
    {
        if (!_arrivals.TryGetValue(rung, out List<int>? arrivals))
        {
            _arrivals.Add(rung, arrivals = []);
        }

        return arrivals;
    }
}

/// <summary>The ways to stop trials that are compared.</summary>
internal static class StoppingForms
{
    /// <summary>The product's: against the trials of lower number, resting until they are there.</summary>
    public static StoppingForm LowerNumbers(EarlyStoppingSpec spec) => (trial, rung, board) => EarlyStoppingRules.Judge(
        spec,
        board.Curves.Accuracy(trial, rung),
        Enumerable.Range(0, trial).Select(t => new AtRung(board.Epoch[t] >= rung ? board.Curves.Accuracy(t, rung) : null, board.Ended[t])));

    /// <summary>The usual form, as Ray has it: the same rule against those that happened to come before.</summary>
    public static StoppingForm ArrivalOrder(EarlyStoppingSpec spec) => (trial, rung, board) => EarlyStoppingRules.Judge(
        spec,
        board.Curves.Accuracy(trial, rung),
        board.Arrivals(rung).TakeWhile(t => t != trial).Select(t => new AtRung(board.Curves.Accuracy(t, rung), Ended: false)));

    /// <summary>Successive halving in step (Jamieson and Talwalkar 2016): all come to a rung, then the best 1/eta of them go on.</summary>
    public static StoppingForm InStep(EarlyStoppingSpec spec) => (trial, rung, board) =>
    {
        int due = board.Curves.Trials;
        for (long below = spec.MinEpochs; below < rung; below *= spec.Eta)
        {
            due = Math.Max(1, due / spec.Eta);
        }

        List<int> arrivals = board.Arrivals(rung);
        double own = board.Curves.Accuracy(trial, rung);
        return arrivals.Count < due ? Verdict.Wait
            : arrivals.Count(t => board.Curves.Accuracy(t, rung) > own) < Math.Max(1, due / spec.Eta) ? Verdict.Continue
            : Verdict.Stop;
    };

    /// <summary>Every trial runs to its end.</summary>
    public static Verdict Never(int trial, int rung, RungBoard board) => Verdict.Continue;
}
