using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Zoo;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.ModelVersions;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The checks of a sweep that need more than the shape of its file: what the model takes, what a grid can search, how many trials come out.</summary>
internal sealed class SweepChecker(ConfigFile file, ConfigMap root, SweepDefinition sweep)
{
    /// <summary>Any trial will do: only what it asks for is looked at.</summary>
    private static readonly TrialId AnyTrial = new(new SweepId("check"), 0);
    private static readonly FeatureSetId AnySet = new("0000000000000000");

    public void Check()
    {
        IFrontEnd frontEnd = FrontEnds.Get(sweep.FrontEnd);
        file.Try(root.Find("model")!, () => _ = ModelZoo.Build(
            sweep.Model, new Dictionary<string, ParameterValue>(StringComparer.Ordinal), frontEnd.Bands, frontEnd.FramesFor(frontEnd.SampleRate)));
        bool modelIsKnown = ModelZoo.Describe().Any(m => m.Name == sweep.Model);
        foreach (SweptParameter parameter in sweep.Parameters)
        {
            YamlNode node = root.Map("parameters")!.Find(parameter.Key)!;
            if (CheckSpace(node, parameter) && (modelIsKnown || !parameter.Key.StartsWith(TrialPlanner.ModelPrefix, StringComparison.Ordinal)))
            {
                CheckValues(node, parameter, frontEnd);
            }
        }

        if (sweep.TeacherName is null && sweep.Parameters.Select(static p => p.Key).Concat(sweep.VariedKeys).Contains("train.distillWeight"))
        {
            file.Problem(root.Find("parameters") ?? root.Node, "'train.distillWeight' needs a teacher. Add `distill: { from: MODEL@ALIAS, weight: 0.5 }` to 'train', or remove it.");
        }

        CheckAblation(frontEnd);
        CheckFolds();
        CheckSearch();
        if (sweep.EarlyStopping is { } early && early.MinEpochs >= sweep.Train.Epochs)
        {
            file.Problem(root.Find("earlyStopping")!, $"'earlyStopping.minEpochs' is {early.MinEpochs}, but trials have {sweep.Train.Epochs} epochs: none would ever be judged. Expected less.");
        }

        if (sweep.Train is { Patience: > 0, Keep: KeepEpoch.Last } && sweep.Parameters.All(static p => p.Key != "train.keep"))
        {
            file.Problem(root.Map("train")!.Node, "'train.patience' ends a trial after its best epoch, but the weights of its last one would be handed in. Add `keep: best`.");
        }

        if (sweep.Register is { } register)
        {
            file.Try(root.Map("register")!.Find("alias")!, () => ModelNames.CheckAlias(register.Alias));
        }
    }

    private bool CheckSpace(YamlNode node, SweptParameter parameter)
    {
        (double low, double high) = parameter.Space switch
        {
            Uniform u => (u.Low, u.High),
            LogUniform l => (l.Low, l.High),
            IntUniform i => (i.Low, i.High),
            _ => (0, 1),
        };
        if (low >= high)
        {
            file.Problem(node, $"'{parameter.Key}' goes from {low} to {high}. Expected a lower bound below the upper one.");
            return false;
        }

        if (parameter.Space is LogUniform && low <= 0)
        {
            file.Problem(node, $"'{parameter.Key}' is logUniform from {low}. Expected bounds above 0; use uniform for others.");
            return false;
        }

        if (sweep.Search.Method == SearchMethod.Ablation && parameter.Space is not FixedValue)
        {
            file.Problem(node, $"'{parameter.Key}' has several values, but an ablation has one whole. Expected one value.");
            return false;
        }

        if (sweep.Search.Method == SearchMethod.Grid && parameter.Space is not (FixedValue or Choice))
        {
            file.Problem(node, $"'{parameter.Key}' is a range, which a grid cannot run through. Expected a choice, or `search: {{ method: random, trials: N }}`.");
            return false;
        }

        return true;
    }

    private void CheckFolds()
    {
        if (sweep.Folds is not { } folds)
        {
            return;
        }

        if (sweep.Register is not null)
        {
            file.Problem(root.Find("register")!, "with 'folds' every trial lacks a part of the clips, so none is to be registered. Remove 'register', and train the recipe that won in a sweep without folds.");
        }

        if (sweep.EarlyStopping is not null)
        {
            file.Problem(root.Find("earlyStopping")!, "folds compare trials that ran to their end. Remove 'earlyStopping'.");
        }

        if (folds.Validation == FoldValidation.None && sweep.Objective.Metric.StartsWith("val/", StringComparison.Ordinal))
        {
            file.Problem(
                root.Find("objective") ?? root.Find("folds")!, $"the objective is {sweep.Objective.Metric}, but nothing is validated. Expected a metric of the test, or `validation: next`.");
        }

        if (folds is { Count: 2, Validation: FoldValidation.Next })
        {
            file.Problem(root.Find("folds")!, "of two folds one is tested and the other validated, which leaves nothing to train on. Expected at least 3, or another `validation`.");
        }
    }

    private void CheckAblation(IFrontEnd frontEnd)
    {
        if ((sweep.Search.Method == SearchMethod.Ablation) != (sweep.Ablate is { Count: > 0 }))
        {
            file.Problem(
                root.Find("ablate") ?? root.Find("search") ?? root.Node,
                "an ablation needs both `search: { method: ablation }` and `ablate:` with at least one part. Add what is missing, or remove the other.");
        }

        if (sweep is { Search.Method: SearchMethod.Ablation, EarlyStopping: not null })
        {
            file.Problem(root.Find("earlyStopping")!, "an ablation compares trials that ran to their end. Remove 'earlyStopping'.");
        }

        foreach (AblationSwitch part in sweep.Ablate ?? [])
        {
            foreach ((string key, ParameterValue value) in part.Parameters)
            {
                CheckValues(root.Map("ablate")!.Find(part.Name)!, new SweptParameter(key, new FixedValue(value)), frontEnd);
            }
        }
    }

    // Each value on its own: so that the message stands at the parameter, and a million combinations cost nothing.
    private void CheckValues(YamlNode node, SweptParameter parameter, IFrontEnd frontEnd)
    {
        IEnumerable<ParameterValue> values = parameter.Space switch
        {
            FixedValue one => [one.Value],
            Choice choice => choice.Values,
            Uniform u => [u.Low, u.High],
            LogUniform l => [l.Low, l.High],
            IntUniform i => [(double)i.Low, (double)i.High],
            _ => [],
        };
        foreach (ParameterValue value in values)
        {
            file.Try(node, () =>
            {
                TrialSpec spec = TrialPlanner.Specify(
                    sweep, new SortedDictionary<string, ParameterValue>(StringComparer.Ordinal) { [parameter.Key] = value }, AnyTrial, AnySet, 0);
                if (spec.ModelParameters.ContainsKey("classes"))
                {
                    throw new BadInputException("'model.classes' cannot be set: the feature set gives the classes. Remove it.");
                }

                if (spec.ModelParameters.Count > 0)
                {
                    _ = ModelZoo.Build(spec.Model, spec.ModelParameters, frontEnd.Bands, frontEnd.FramesFor(frontEnd.SampleRate));
                }
            });
        }
    }

    private void CheckSearch()
    {
        YamlNode node = root.Find("search") ?? root.Node;
        if (sweep.Search.Method == SearchMethod.Random && sweep.Search.Trials == 0)
        {
            file.Problem(node, "a random search needs the key 'search.trials'. Expected a whole number from 1 to " + $"{Search.MaxTrials}.");
        }
        else if (sweep.Search.Method != SearchMethod.Random && sweep.Search.Trials != 0)
        {
            file.Problem(node, $"'search.trials' is {sweep.Search.Trials}, but a grid runs every combination, an ablation every part. Remove it, or use `method: random`.");
        }

        long trials = Search.ConfigurationCount(sweep) * sweep.Seeds.Count * (sweep.Folds?.Count ?? 1);
        if (trials > Search.MaxTrials)
        {
            file.Problem(node, $"the sweep has {trials} trials. Expected at most {Search.MaxTrials}: give fewer values, or use `method: random`.");
        }
    }
}
