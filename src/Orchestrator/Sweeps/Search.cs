using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>Proposes configurations. Each is a pure function of the definition and its number, so nothing depends on workers or timing.</summary>
internal static class Search
{
    /// <summary>
    /// Trials of one sweep: at ten seconds each this is a day and more of a small machine; a grid that is greater is a mistake more often than a wish.
    /// </summary>
    public const int MaxTrials = 10_000;

    /// <summary>How many configurations the search proposes. May pass <see cref="MaxTrials"/>; never overflows.</summary>
    public static long ConfigurationCount(SweepDefinition sweep) => sweep.Search.Method switch
    {
        SearchMethod.Grid => sweep.Parameters.Aggregate(1L, static (cells, p) => Math.Min(cells * (p.Space is Choice choice ? choice.Values.Count : 1), int.MaxValue)),
        SearchMethod.Ablation => 1 + (sweep.Ablate?.Count ?? 0),
        _ => sweep.Search.Trials,
    };

    /// <summary>The values of configuration <paramref name="number"/>, by key.</summary>
    public static SortedDictionary<string, ParameterValue> Configuration(SweepDefinition sweep, int number) => sweep.Search.Method switch
    {
        SearchMethod.Grid => Cell(sweep, number),
        SearchMethod.Ablation => Without(sweep, number),
        _ => Sample(sweep, number),
    };

    /// <summary>The whole where the number is 0, else the whole without one of its parts.</summary>
    private static SortedDictionary<string, ParameterValue> Without(SweepDefinition sweep, int number)
    {
        SortedDictionary<string, ParameterValue> values = Cell(sweep, 0);
        foreach ((string key, ParameterValue value) in number == 0 ? [] : sweep.Ablate![number - 1].Parameters)
        {
            values[key] = value;
        }

        return values;
    }

    private static SortedDictionary<string, ParameterValue> Cell(SweepDefinition sweep, int number)
    {
        SortedDictionary<string, ParameterValue> cell = new(StringComparer.Ordinal);
        foreach (SweptParameter parameter in sweep.Parameters.Reverse())
        {
            IReadOnlyList<ParameterValue> values = Values(parameter.Space);
            cell.Add(parameter.Key, values[number % values.Count]);
            number /= values.Count;
        }

        return cell;
    }

    // A source for each parameter: adding a parameter to a sweep leaves the draws of the others as they were.
    private static SortedDictionary<string, ParameterValue> Sample(SweepDefinition sweep, int number)
    {
        SortedDictionary<string, ParameterValue> sample = new(StringComparer.Ordinal);
        foreach (SweptParameter parameter in sweep.Parameters)
        {
            sample.Add(parameter.Key, parameter.Space.Draw(StableRandom.For(sweep.Search.Seed, "search:" + parameter.Key, number)));
        }

        return sample;
    }

    private static IReadOnlyList<ParameterValue> Values(ParameterSpace space) => space switch
    {
        FixedValue one => [one.Value],
        Choice choice => choice.Values,
        _ => throw new InvalidOperationException($"A grid or an ablation has no {space.GetType().Name}; the configuration should have refused it."),
    };
}
