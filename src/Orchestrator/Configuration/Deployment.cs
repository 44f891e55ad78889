using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Storage.Blobs;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>What pipeline.yaml says: where data are, what feature sets there are, where state and blobs go. Checked whole when loaded.</summary>
public sealed class Deployment
{
    /// <summary>The name that the file has where a person names none.</summary>
    public const string DefaultFile = "pipeline.yaml";

    /// <summary>Worker processes of one machine: more than any machine has uses for.</summary>
    private const int MaxWorkers = 256;

    /// <summary>Assemblies with models of one's own.</summary>
    private const int MaxAssemblies = 64;

    private readonly ConfigFile _file;
    private readonly ConfigMap _root;
    private readonly ConfigMap? _data;
    private readonly ConfigMap? _featureSets;

    private Deployment(ConfigFile file)
    {
        _file = file;
        ConfigMap root = _root = new(file.Root);
        _data = root.Map("data");
        _featureSets = root.Map("featureSets");
        StateFolder = Path.GetFullPath(".pipeline", file.Folder);
        BlobFolder = Path.GetFullPath(root.Text("blobs") ?? ".pipeline/blobs", file.Folder);
        LocalWorkers = root.Map("workers") is { } workers && workers.Find("local") is not null ? (int)workers.Number("local", 1) : null;
        Readers = root.Map("workers") is { } settings && settings.Find("readers") is not null ? (int)settings.Number("readers", 1) : null;
        Slots = (int)(root.Map("workers")?.Number("slots", 1) ?? 1);
    }

    /// <summary>The keys of the file.</summary>
    internal static MapShape Shape { get; } = new(
    [
        StoreKeys.State,
        StoreKeys.Blobs,
        new("data", "Data sets by name.", new NamesShape("name", FeatureSetKeys.Data)),
        new("featureSets", "Feature sets by name.", new NamesShape("name", FeatureSetKeys.FeatureSet)),
        new("workers", "The workers that submit starts on this machine.", new MapShape(
        [
            new("local", "Worker processes; absent: one for each core.", new NumberShape(1, MaxWorkers, Whole: true)),
            new("slots", "Trials that one worker process runs at once.", new NumberShape(1, 64, Whole: true)) { Default = 1 },
            new("readers", "Threads that read a trial's batches ahead; change no result. Absent: as many as the trial's threads.", new NumberShape(1, BatchLoader.MaxReaders, Whole: true)),
        ])),
        new("models", "Models of one's own.", new MapShape(
        [
            new("assemblies", "Assemblies whose models can be trained beside the zoo's; the same on every machine.", new ListShape(new PathShape(), 1, MaxAssemblies)),
        ])),
        .. DeployKeys.OfDeployment,
        RecurringKeys.Recurring,
    ]);

    /// <summary>The folder of what this machine keeps for itself: <c>.pipeline</c> beside the file.</summary>
    public string StateFolder { get; }

    /// <summary>The folder of the blobs, where they are in one.</summary>
    public string BlobFolder { get; }

    /// <summary>Whether state or blobs are where other machines use them too.</summary>
    public bool IsShared => _root.Map("state") is not null || _root.Map("blobs") is not null;

    /// <summary>Worker processes that submit starts; null: one for each core.</summary>
    public int? LocalWorkers { get; }

    /// <summary>Trials that one worker process runs at once.</summary>
    public int Slots { get; }

    /// <summary>Threads that read a trial's batches ahead; null: as many as the trial has for its arithmetic.</summary>
    public int? Readers { get; }

    /// <summary>Absolute paths of the assemblies with models of one's own.</summary>
    /// <exception cref="BadInputException">A path needs an environment variable that is not set.</exception>
    public IReadOnlyList<string> ModelAssemblies => _root.Map("models")?.Find("assemblies") is YamlSequenceNode list
        ? [.. list.Children.Select(node => PathOf(Variables.Expand(_file, node)))]
        : [];

    /// <summary>The names of the data sets.</summary>
    public IReadOnlyList<string> DataNames => [.. (_data?.Entries ?? []).Select(static e => e.Key)];

    /// <summary>The names of the feature sets.</summary>
    public IReadOnlyList<string> FeatureSetNames => [.. (_featureSets?.Entries ?? []).Select(static e => e.Key)];

    /// <summary>The targets, built-in ones included, by name.</summary>
    public IReadOnlyDictionary<string, TargetSpec> Targets => DeployKeys.Targets(_file, _root);

    /// <summary>The fleets.</summary>
    public IReadOnlyList<FleetSpec> Fleets => DeployKeys.Fleets(_root);

    /// <summary>What is submitted by the clock.</summary>
    public IReadOnlyList<RecurringSpec> Recurring => RecurringKeys.Read(_file, _root);

    /// <summary>A path of the file, whose relative ones start at its folder.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, _file.Folder);

    /// <summary>The target of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public TargetSpec Target(string name) => Targets.TryGetValue(name, out TargetSpec? target)
        ? target
        : throw new BadInputException($"there is no target '{name}'. {NearestName.Suggest(name, [.. Targets.Keys])}");

    /// <summary>The fleet of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public FleetSpec Fleet(string name) => Fleets.FirstOrDefault(f => f.Name == name) ?? throw Unknown("fleet", name, [.. Fleets.Select(static f => f.Name)]);

    /// <summary>What must hold before a version of a registered model is promoted.</summary>
    public IReadOnlyList<Gate> Gates(string model) => DeployKeys.Gates(_file, _root.Map("gates")?.Map(model));

    /// <summary>Loads a file; null: pipeline.yaml of this folder, or the defaults where there is none.</summary>
    /// <exception cref="BadInputException">The file is not as expected; the message names every place.</exception>
    public static Deployment Load(string? path) => path is null && !File.Exists(DefaultFile)
        ? From(ConfigFile.Parse(DefaultFile, "{}"))
        : From(ConfigFile.Load(path ?? DefaultFile));

    /// <summary>Reads text as if it stood in a file of that name in this folder.</summary>
    /// <exception cref="BadInputException">It is not as expected; the message names every place.</exception>
    public static Deployment Parse(string name, string text) => From(ConfigFile.Parse(name, text));

    /// <summary>The connection string of the state's PostgreSQL database; null where the state is a file of <see cref="StateFolder"/>.</summary>
    /// <exception cref="BadInputException">It needs a file that cannot be read, or an environment variable that is not set.</exception>
    public string? Postgres() => StoreKeys.Postgres(_file, _root);

    /// <summary>The container of the blobs; null where they are in <see cref="BlobFolder"/>.</summary>
    /// <exception cref="BadInputException">It is not whole, or needs an environment variable that is not set.</exception>
    public AzureBlobOptions? AzureBlobs() => StoreKeys.Azure(_file, _root, Path.Combine(StateFolder, "cache"));

    /// <summary>The data set of a name.</summary>
    /// <exception cref="BadInputException">There is none, or it needs an environment variable that is not set.</exception>
    public DataDefinition Data(string name) => Data(name, []);

    /// <summary>The feature set of a name.</summary>
    /// <exception cref="BadInputException">There is none, or its data need an environment variable that is not set.</exception>
    public FeatureSetDefinition FeatureSet(string name) => FeatureSet(name, []);

    /// <summary>The feature set that another extends: its recipe where this is a name, null where it is the id of a built set.</summary>
    /// <exception cref="BadInputException">It is neither, or the sets extend each other.</exception>
    internal FeatureSetDefinition? ExtendedSet(string name) => ExtendedSet(name, []);

    internal static Deployment From(ConfigFile file)
    {
        if (ShapeChecker.Check(file, file.Root, "", Shape))
        {
            CheckReferences(file, new ConfigMap(file.Root));
            CheckDeployment(file, new ConfigMap(file.Root));
        }

        file.ThrowIfProblems();
        return new Deployment(file);
    }

    private static void CheckReferences(ConfigFile file, ConfigMap root)
    {
        string[] names = [.. (root.Map("data")?.Entries ?? []).Select(static e => e.Key)];
        IEnumerable<YamlNode> mixes = (root.Map("data")?.Entries ?? [])
            .Select(static e => new ConfigMap((YamlMappingNode)e.Value).Map("mix")).OfType<ConfigMap>().SelectMany(static m => m.Entries.Select(static e => e.Value));
        IEnumerable<YamlNode> pools = (root.Map("data")?.Entries ?? [])
            .Select(static e => new ConfigMap((YamlMappingNode)e.Value).Map("pool")).OfType<ConfigMap>().SelectMany(static p => (YamlSequenceNode)p.Find("sources")!);
        ConfigMap[] featureSets = [.. (root.Map("featureSets")?.Entries ?? []).Select(static e => new ConfigMap((YamlMappingNode)e.Value))];
        IEnumerable<YamlNode> sets = featureSets.Select(static set => set.Find("data")!);
        string[] setNames = [.. (root.Map("featureSets")?.Entries ?? []).Select(static e => e.Key)];
        foreach (YamlNode extended in featureSets.Select(static set => set.Find("extends")).OfType<YamlNode>())
        {
            string name = ConfigMap.Value(extended).ToString();
            file.Try(extended, () => _ = setNames.Contains(name) || FeatureSetId.IsId(name)
                ? ""
                : throw Unknown("feature set", name, setNames));
        }

        foreach (YamlNode reference in mixes.Concat(pools).Concat(sets).Where(static n => n is YamlScalarNode))
        {
            file.Try(reference, () => _ = names.Contains(ConfigMap.Value(reference).ToString())
                ? ""
                : throw Unknown("data set", ConfigMap.Value(reference).ToString(), names));
        }
    }

    private static void CheckDeployment(ConfigFile file, ConfigMap root)
    {
        SortedDictionary<string, TargetSpec> targets = DeployKeys.Targets(file, root);
        foreach ((string model, YamlNode _) in root.Map("gates")?.Entries ?? [])
        {
            DeployKeys.Gates(file, root.Map("gates")!.Map(model));
        }

        RecurringKeys.Read(file, root);
        foreach (FleetSpec fleet in DeployKeys.Fleets(root))
        {
            foreach (string unknown in (fleet.Targets ?? []).Where(t => !targets.ContainsKey(t)))
            {
                file.Problem(root.Map("fleets")!.Find(fleet.Name)!, $"there is no target '{unknown}'. {NearestName.Suggest(unknown, [.. targets.Keys])}");
            }
        }
    }

    private static BadInputException Unknown(string noun, string name, IReadOnlyList<string> names) =>
        new($"there is no {noun} '{name}'. {(names.Count == 0 ? $"pipeline.yaml defines none." : NearestName.Suggest(name, names))}");

    private DataDefinition Data(string name, IReadOnlyList<string> within)
    {
        if (within.Contains(name))
        {
            throw new BadInputException($"the data set '{name}' is mixed from itself: {string.Join(" → ", within)} → {name}.");
        }

        return Reader([.. within, name]).Data(_data?.Map(name) ?? throw Unknown("data set", name, DataNames)) with { Name = name };
    }

    private FeatureSetDefinition FeatureSet(string name, IReadOnlyList<string> within) =>
        new FeatureSetReader(_file, Data, other => ExtendedSet(other, [.. within, name])).FeatureSet(_featureSets?.Map(name) ?? throw Unknown("feature set", name, FeatureSetNames));

    private FeatureSetDefinition? ExtendedSet(string name, IReadOnlyList<string> within) =>
        within.Contains(name) ? throw new BadInputException($"the feature set '{name}' extends itself: {string.Join(" → ", within)} → {name}.")
        : FeatureSetId.IsId(name) && !FeatureSetNames.Contains(name) ? null
        : FeatureSet(name, within);

    private FeatureSetReader Reader(IReadOnlyList<string> within) => new(_file, name => Data(name, within), ExtendedSet);
}
