using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Sweeps;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Reads a sweep file: checked whole, against the zoo and pipeline.yaml too, so that no mistake shows when the sweep runs.</summary>
/// <param name="Definition">The sweep, every default filled in.</param>
/// <param name="FeatureSet">The recipe of its features.</param>
/// <param name="Deploy">What is done with its best version; null: nothing.</param>
/// <param name="Slots">Trials that a worker which <c>submit</c> starts runs at once; null: as pipeline.yaml says. Decides no result.</param>
public sealed record SweepFile(SweepDefinition Definition, FeatureSetDefinition FeatureSet, DeploySpec? Deploy, int? Slots)
{
    /// <summary>Loads a sweep file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="deployment">What pipeline.yaml says.</param>
    /// <param name="overrides">Texts as <c>--set</c> takes them: <c>train.epochs=2</c>.</param>
    /// <exception cref="BadInputException">The file is not as expected; the message names every place.</exception>
    public static SweepFile Load(string path, Deployment deployment, IReadOnlyList<string> overrides) =>
        From(ConfigFile.Load(path), deployment, overrides);

    /// <summary>Reads a file that another machine is to check and run.</summary>
    /// <exception cref="BadInputException">It is absent, too large, or not YAML.</exception>
    public static SweepText Read(string path, IReadOnlyList<string> overrides)
    {
        ConfigFile.Load(path);
        return new SweepText(path, File.ReadAllText(path), overrides);
    }

    /// <summary>Checks a sweep that came as text; see <see cref="Load"/>.</summary>
    /// <exception cref="BadInputException">The text is not as expected; the message names every place.</exception>
    public static SweepFile Of(SweepText text, Deployment deployment) => From(ConfigFile.Parse(text.File, text.Yaml), deployment, text.Overrides);

    internal static SweepFile From(ConfigFile file, Deployment deployment, IReadOnlyList<string> overrides)
    {
        foreach (string assignment in overrides)
        {
            file.Override(assignment);
        }

        ApplyBudget(file, overrides);
        if (!ShapeChecker.Check(file, file.Root, "", SweepKeys.Sweep))
        {
            file.ThrowIfProblems();
        }

        ConfigMap root = new(file.Root);
        FeatureSetDefinition? features = null;
        YamlNode featureNode = root.Find("featureSet")!;
        file.Try(featureNode, () => features = featureNode is YamlMappingNode inline
            ? new FeatureSetReader(file, deployment.Data, deployment.ExtendedSet).FeatureSet(new ConfigMap(inline))
            : deployment.FeatureSet(root.Text("featureSet")!));

        // The other checks need a feature set to check against.
        file.ThrowIfProblems();
        SweepDefinition definition = Define(root, features!);
        new SweepChecker(file, root, definition).Check();
        DeploySpec? deploy = DeployKeys.DeployOf(file, root, deployment, features!.Data);
        if (deploy is not null)
        {
            file.Try(featureNode, () => FrontEnds.TablesOf(features!.FrontEnd));
        }

        file.ThrowIfProblems();
        return new SweepFile(definition, features!, deploy, root.Map("resources")?.Find("slots") is null ? null : (int)root.Map("resources")!.Number("slots", 1));
    }

    /// <summary>Sets the keys of the budget that the file, or the command line, names; what the command line sets itself stays.</summary>
    private static void ApplyBudget(ConfigFile file, IReadOnlyList<string> overrides)
    {
        ConfigMap root = new(file.Root);
        if (root.Find("budget") is not YamlScalarNode chosen || ConfigMap.Value(chosen)?.ToString() is not { } name || name == SweepKeys.FullBudget)
        {
            return;
        }

        if (root.Map("budgets")?.Map(name) is not { } budget)
        {
            string[] names = [.. (root.Map("budgets")?.Entries ?? []).Select(static b => b.Key), SweepKeys.FullBudget];
            file.Problem(chosen, $"there is no budget '{name}'. {NearestName.Suggest(name, names)}");
            return;
        }

        foreach ((string key, YamlNode value) in budget.Entries.ToArray())
        {
            if (value is YamlScalarNode scalar && !overrides.Any(o => o.StartsWith(key + "=", StringComparison.Ordinal)))
            {
                file.Override($"{key}={scalar.Value}", $"budgets.{name}:");
            }
        }
    }

    private static SweepDefinition Define(ConfigMap root, FeatureSetDefinition features)
    {
        ConfigMap? search = root.Map("search");
        ulong seed = (ulong)(search?.Number("seed", 0) ?? 0);
        return new SweepDefinition
        {
            Name = root.Text("name")!,
            Model = root.Text("model")!,
            FeatureSet = root.Text("featureSet") ?? "inline",
            FrontEnd = features.FrontEnd,
            Augment = features.Augment is { When: AugmentWhen.Training } drawn ? drawn : null,
            Search = new SearchSpec(search?.Word("method", SearchMethod.Grid) ?? SearchMethod.Grid, (int)(search?.Number("trials", 0) ?? 0), seed),
            Parameters = [.. (root.Map("parameters")?.Entries ?? []).Select(static e => new SweptParameter(e.Key, Space(e.Value)))],
            Ablate = root.Map("ablate") is { } ablate ? [.. ablate.Entries.Select(static e => Switch(e.Key, e.Value))] : null,
            Seeds = Seeds(root.Find("seeds"), seed),
            Folds = root.Map("folds") is { } folds
                ? new FoldsSpec(
                    (int)folds.Number("count", 2), folds.Word("by", FoldBy.Speaker), folds.Word("validation", FoldValidation.Next), (ulong)folds.Number("seed", 0))
                : null,
            Objective = root.Map("objective") is { } objective
                ? new ObjectiveSpec(ConfigMap.Value(objective.Entries.Single().Value).ToString(), objective.Find("maximize") is not null)
                : new ObjectiveSpec("val/accuracy", Maximize: true),
            Train = Train(root.Map("train")),
            TeacherName = root.Map("train")?.Map("distill")?.Text("from"),
            Resources = Resources(root.Map("resources")),
            EarlyStopping = root.Map("earlyStopping") is { } early
                ? new EarlyStoppingSpec(
                    early.Word("method", EarlyStoppingMethod.Asha), early.Text("metric") ?? "val/accuracy", (int)early.Number("minEpochs", 1), (int)early.Number("eta", 3))
                : null,
            Register = root.Map("register") is { } register ? new RegisterSpec(register.Text("model")!, register.Text("alias")!) : null,
        };
    }

    private static AblationSwitch Switch(string name, YamlNode values) => new(
        name,
        new SortedDictionary<string, ParameterValue>(new ConfigMap((YamlMappingNode)values).Entries.ToDictionary(static e => e.Key, static e => ConfigMap.Value(e.Value)), StringComparer.Ordinal));

    private static ParameterSpace Space(YamlNode node)
    {
        if (node is YamlScalarNode)
        {
            return new FixedValue(ConfigMap.Value(node));
        }

        (string kind, YamlNode list) = new ConfigMap((YamlMappingNode)node).Entries.Single();
        IReadOnlyList<ParameterValue> values = ConfigMap.Values(list);
        return kind switch
        {
            "choice" => new Choice(values),
            "uniform" => new Uniform(values[0].AsNumber(), values[1].AsNumber()),
            "logUniform" => new LogUniform(values[0].AsNumber(), values[1].AsNumber()),
            "intUniform" => new IntUniform(values[0].AsInteger(), values[1].AsInteger()),
            _ => throw new InvalidOperationException($"The space '{kind}' has keys but no reader."),
        };
    }

    // Derived seeds have 31 bits, so that they are short to read and every tool keeps them exactly.
    private static IReadOnlyList<ulong> Seeds(YamlNode? node, ulong searchSeed) => node switch
    {
        YamlSequenceNode => [.. ConfigMap.Values(node).Select(static v => (ulong)v.AsNumber())],
        _ => [.. Enumerable.Range(0, node is null ? 1 : ConfigMap.Value(node).AsInteger()).Select(k => StableRandom.Derive(searchSeed, "trial seed", k) >> 33)],
    };

    private static TrainSpec Train(ConfigMap? map)
    {
        TrainSpec train = new();
        foreach ((string key, YamlNode value) in (map?.Entries ?? []).Concat(map?.Map("schedule")?.Entries ?? []).Where(static e => e.Value is YamlScalarNode))
        {
            train = TrainKeys.Apply(train, key, ConfigMap.Value(value));
        }

        foreach ((string key, YamlNode value) in (map?.Map("distill")?.Entries ?? []).Where(static e => e.Key != "from"))
        {
            train = TrainKeys.Apply(train, OfDistill(key), ConfigMap.Value(value));
        }

        return train;
    }

    /// <summary>A key of <c>distill</c> by its name where a sweep varies it.</summary>
    private static string OfDistill(string key) => $"{SweepKeys.DistillPrefix}{char.ToUpperInvariant(key[0])}{key[1..]}";

    private static ResourceSpec Resources(ConfigMap? map)
    {
        ResourceSpec standard = new();
        return map is null ? standard : new ResourceSpec
        {
            Device = map.Text("device") ?? standard.Device,
            Threads = (int)map.Number("threads", standard.Threads),
        };
    }
}
