using Pipeline.Contracts;
using Pipeline.FeatureStore.Augmentation;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A trial before it is queued. Trials that differ in their seed alone share a <paramref name="Configuration"/>.</summary>
public sealed record PlannedTrial(int Configuration, SortedDictionary<string, ParameterValue> Parameters, TrialSpec Spec);

/// <summary>Turns a sweep into its trials.</summary>
internal static class TrialPlanner
{
    public const string ModelPrefix = "model.";
    public const string TrainPrefix = "train.";
    public const string AugmentPrefix = "augment.";

    /// <summary>The id of a sweep: equal for equal definitions, data and code.</summary>
    public static SweepId IdOf(SweepDefinition sweep, FeatureSetId featureSet, string codeVersion)
    {
        string everything = $"{ContentHash.OfJson(sweep, OrchestratorJson.Default.SweepDefinition)}\n{featureSet}\n{codeVersion}";
        return new SweepId($"{sweep.Name}-{ContentHash.OfText(everything).Hex[..8]}");
    }

    /// <summary>The trials in order: configuration by configuration, each with every seed, each with every fold.</summary>
    public static IReadOnlyList<PlannedTrial> Plan(SweepDefinition sweep, SweepId id, FeatureSetId featureSet)
    {
        int configurations = (int)Search.ConfigurationCount(sweep);
        List<PlannedTrial> trials = new(configurations * sweep.Seeds.Count);
        for (int c = 0; c < configurations; c++)
        {
            SortedDictionary<string, ParameterValue> values = Search.Configuration(sweep, c);
            foreach (ulong seed in sweep.Seeds)
            {
                foreach (FoldSpec? fold in FoldsOf(sweep))
                {
                    trials.Add(new PlannedTrial(c, values, Specify(sweep, values, new TrialId(id, trials.Count), featureSet, seed) with { Fold = fold }));
                }
            }
        }

        return trials;
    }

    private static IEnumerable<FoldSpec?> FoldsOf(SweepDefinition sweep) =>
        sweep.Folds is { } folds ? Enumerable.Range(0, folds.Count).Select(i => (FoldSpec?)new FoldSpec(folds, i)) : [null];

    /// <summary>The trial of a configuration.</summary>
    /// <exception cref="BadInputException">A key is unknown, or a value out of its range.</exception>
    public static TrialSpec Specify(
        SweepDefinition sweep, SortedDictionary<string, ParameterValue> values, TrialId trial, FeatureSetId featureSet, ulong seed)
    {
        SortedDictionary<string, ParameterValue> model = new(StringComparer.Ordinal);
        TrainSpec train = sweep.Train;
        AugmentSpec? augment = sweep.Augment;
        foreach ((string key, ParameterValue value) in values)
        {
            if (key.StartsWith(ModelPrefix, StringComparison.Ordinal))
            {
                model.Add(key[ModelPrefix.Length..], value);
            }
            else if (key.StartsWith(TrainPrefix, StringComparison.Ordinal))
            {
                train = TrainKeys.Apply(train, key[TrainPrefix.Length..], value);
            }
            else if (key.StartsWith(AugmentPrefix, StringComparison.Ordinal))
            {
                augment = AugmentOverrides.Apply(
                    augment ?? throw new BadInputException($"'{key}' is set, but the feature set '{sweep.FeatureSet}' draws no augmentation while training."),
                    key[AugmentPrefix.Length..],
                    value);
            }
            else
            {
                throw new BadInputException($"'{key}' is no parameter of a sweep. Expected a key that begins with model., train. or augment.");
            }
        }

        return new TrialSpec
        {
            Trial = trial,
            Model = sweep.Model,
            ModelParameters = model,
            FeatureSet = featureSet,
            FrontEnd = sweep.FrontEnd,
            Augment = augment,
            Train = train,
            Teacher = sweep.Teacher,
            Resources = sweep.Resources,
            Seed = seed,
        };
    }
}
