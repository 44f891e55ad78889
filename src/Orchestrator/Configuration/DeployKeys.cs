using Pipeline.Contracts;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Orchestrator.Promotions;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of targets, gates, fleets and of what a sweep deploys, and what they read as.</summary>
internal static class DeployKeys
{
    /// <summary>Targets of one sweep or fleet: more kinds of boards than anyone has.</summary>
    private const int MaxTargets = 32;

    /// <summary>Bytes of memory: a tebibyte is beyond any board.</summary>
    private const double MaxBytes = 1L << 40;

    private static readonly MapShape Bound = new(
    [
        new("on", "The recordings it is measured on: those of the test split.", new WordShape(["test"])) { Default = "test" },
        new("min", "The least that passes.", new NumberShape(-1e15, 1e15)),
        new("max", "The most that passes.", new NumberShape(-1e15, 1e15)),
    ]);

    /// <summary>Gates by what they bound.</summary>
    public static MapShape GatesShape { get; } = new([.. Promotions.Gates.Names.Select(static name => new Key(name, GateDoc(name), Bound))]);

    private static ListShape TargetNames { get; } = new(FeatureSetKeys.NameShape, 1, MaxTargets);

    /// <summary>What a sweep deploys.</summary>
    public static MapShape Deploy { get; } = new(
    [
        new("targets", "The targets that the best version is built for and run on, emulated.", TargetNames) { IsRequired = true },
        new("promote", "Where it is promoted when every gate holds.", new MapShape(
        [
            new("to", "The alias it gets.", FeatureSetKeys.NameShape) { IsRequired = true },
            new("fleet", "The fleet that gets its artifacts.", FeatureSetKeys.NameShape),
            new("allowLicences", "Data sets whose non-commercial licence does not stop the promotion; stands in the promotion history.", new ListShape(new TextShape("the name of a data set"), 1, 32)),
        ])),
    ]);

    /// <summary>The keys of pipeline.yaml.</summary>
    public static Key[] OfDeployment { get; } =
    [
        new("targets", "Targets beside the built-in ones, or in their place.", new NamesShape("target", new MapShape(
        [
            new("like", "The built-in target whose compiler and emulator it has; absent: the one of its name.", new WordShape([.. BuiltInTargets.All.Select(static t => t.Name)])),
            new("flashBytes", "Bytes of flash.", new NumberShape(1, MaxBytes, Whole: true)),
            new("ramBytes", "Bytes of RAM.", new NumberShape(1, MaxBytes, Whole: true)),
        ]))),
        new("gates", "By registered model: what must hold before a version is promoted.", new NamesShape("model", GatesShape)),
        new("fleets", "Fleets by name: boards that run one version of a model.", new NamesShape("fleet", new MapShape(
        [
            new("devices", "Its devices.", new MapShape([new("labels", "The labels that they have.", new NamesShape("label", new TextShape("a label's value")))])),
            new("targets", "The targets it has boards of; absent: whatever a version is built for.", TargetNames),
        ]))),
    ];

    /// <summary>The targets of pipeline.yaml and the built-in ones, by name.</summary>
    public static SortedDictionary<string, TargetSpec> Targets(ConfigFile file, ConfigMap root)
    {
        SortedDictionary<string, TargetSpec> targets = new(StringComparer.Ordinal);
        foreach (Target target in BuiltInTargets.All)
        {
            targets.Add(target.Name, new TargetSpec(target.Name, target.Name));
        }

        foreach ((string name, YamlNode node) in root.Map("targets")?.Entries ?? [])
        {
            ConfigMap map = new((YamlMappingNode)node);
            string like = map.Text("like") ?? name;
            if (BuiltInTargets.All.All(t => t.Name != like))
            {
                file.Problem(node, $"the key 'targets.{name}.like' is missing. Expected one of {string.Join(", ", BuiltInTargets.All.Select(static t => t.Name))}.");
                continue;
            }

            targets[name] = new TargetSpec(name, like, Bytes(map, "flashBytes"), Bytes(map, "ramBytes"));
        }

        return targets;
    }

    /// <summary>The fleets of pipeline.yaml.</summary>
    public static IReadOnlyList<FleetSpec> Fleets(ConfigMap root) =>
        [.. (root.Map("fleets")?.Entries ?? []).Select(static e => (e.Key, Map: new ConfigMap((YamlMappingNode)e.Value))).Select(static e => new FleetSpec(
            e.Key,
            new SortedDictionary<string, string>(
                (e.Map.Map("devices")?.Map("labels")?.Entries ?? []).ToDictionary(static l => l.Key, static l => ConfigMap.Value(l.Value).ToString()),
                StringComparer.Ordinal),
            e.Map.Find("targets") is { } targets ? [.. ConfigMap.Values(targets).Select(static t => t.ToString())] : null))];

    /// <summary>Reads gates; one without a bound is a problem.</summary>
    public static IReadOnlyList<Gate> Gates(ConfigFile file, ConfigMap? map)
    {
        List<Gate> gates = [];
        foreach ((string name, YamlNode node) in map?.Entries ?? [])
        {
            ConfigMap gate = new((YamlMappingNode)node);
            if (gate.Find("min") is null && gate.Find("max") is null)
            {
                file.Problem(node, $"the gate '{name}' bounds nothing. Expected a map with min, max or both.");
                continue;
            }

            gates.Add(new Gate(name, Bound(gate, "min"), Bound(gate, "max")));
        }

        return gates;

        static double? Bound(ConfigMap gate, string key) => gate.Find(key) is null ? null : gate.Number(key, 0);
    }

    /// <summary>Reads what a sweep deploys; null where it does not.</summary>
    public static DeploySpec? DeployOf(ConfigFile file, ConfigMap root, Deployment deployment, DataDefinition data)
    {
        IReadOnlyList<Gate> own = Gates(file, root.Map("gates"));
        if (root.Map("deploy") is not { } deploy)
        {
            if (root.Find("gates") is { } gates)
            {
                file.Problem(gates, "'gates' hold artifacts against bounds, and this sweep builds none. Add `deploy: { targets: [...], promote: { to: ALIAS } }`, or remove it.");
            }

            return null;
        }

        if (root.Map("register") is not { } register)
        {
            file.Problem(deploy.Node, "'deploy' needs a registered version. Add `register: { model: NAME, alias: challenger }`.");
            return null;
        }

        List<TargetSpec> targets = [];
        foreach (YamlNode node in ((YamlSequenceNode)deploy.Find("targets")!).Children)
        {
            file.Try(node, () => targets.Add(deployment.Target(ConfigMap.Value(node).ToString())));
        }

        ConfigMap? promote = deploy.Map("promote");
        if (promote?.Find("fleet") is { } fleetNode)
        {
            file.Try(fleetNode, () => CheckFleet(deployment.Fleet(promote.Text("fleet")!), targets));
        }

        return new DeploySpec
        {
            Targets = [.. targets.Distinct()],
            Promote = promote is null ? null : PromoteOf(file, promote, data),
            Gates = [.. deployment.Gates(register.Text("model")!), .. own],
        };
    }

    // What the promotion would refuse at the end is said before anything is trained.
    private static PromoteSpec PromoteOf(ConfigFile file, ConfigMap promote, DataDefinition data)
    {
        string[] allowed = promote.Find("allowLicences") is { } list ? [.. ConfigMap.Values(list).Select(static v => v.ToString())] : [];
        if (LicenceCheck.Refusal(DataLicences.Of(data), allowed) is { } refusal)
        {
            file.Problem(promote.Node, $"'deploy.promote' would be refused: {refusal} Add `allowLicences: [{string.Join(", ", LicenceCheck.Stopping(DataLicences.Of(data)))}]`, or train on other data.");
        }

        return new PromoteSpec(promote.Text("to")!, promote.Text("fleet")) { AllowLicences = allowed.Length == 0 ? null : allowed };
    }

    private static void CheckFleet(FleetSpec fleet, List<TargetSpec> targets)
    {
        if (fleet.Targets?.FirstOrDefault(name => targets.All(t => t.Name != name)) is { } missing)
        {
            throw new BadInputException($"the fleet '{fleet.Name}' has boards of '{missing}', which 'deploy.targets' lacks. Add it there.");
        }
    }

    private static long? Bytes(ConfigMap map, string key) => map.Find(key) is null ? null : (long)map.Number(key, 0);

    private static string GateDoc(string name) => name switch
    {
        "accuracyInt8" => "Share of the recordings that the int8 model classifies rightly, 0 to 1.",
        "int8Drop" => "Accuracy that is lost from float to int8, 0 to 1.",
        "flashBytes" => "Bytes of flash.",
        "ramBytes" => "Bytes of RAM.",
        "mismatches" => "Recordings on which board and integer model differ in any byte; never more than 0.",
        "instructionsPerInference" => "Instructions from sound to outputs.",
        _ => throw new InvalidOperationException($"The gate '{name}' has no description."),
    };
}
