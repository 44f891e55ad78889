using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Turns checked nodes into data sets and feature sets. Environment variables are looked up here: only for what is used.</summary>
/// <param name="file">The file that the nodes stand in.</param>
/// <param name="named">The data set of a name, from pipeline.yaml.</param>
/// <param name="namedSet">The feature set of a name, from pipeline.yaml; null where there is none.</param>
internal sealed class FeatureSetReader(ConfigFile file, Func<string, DataDefinition> named, Func<string, FeatureSetDefinition?> namedSet)
{
    /// <summary>Reads a feature set.</summary>
    /// <exception cref="BadInputException">A path names an environment variable that is not set, or a data set that is not there.</exception>
    public FeatureSetDefinition FeatureSet(ConfigMap map) => new(
        DataOf(map, "data"),
        map.Text("frontEnd")!,
        map.Map("augment") is { } augment ? Augment(augment) : null)
    {
        Type = map.Find("type") is { } type ? Type(type, map) : null,
        Extends = map.Text("extends") is { } extends ? Extended(map.Find("extends")!, extends) : null,
    };

    /// <summary>Reads a data set.</summary>
    public DataDefinition Data(ConfigMap choice)
    {
        (string kind, YamlNode node) = choice.Entries.Single();
        ConfigMap map = new((YamlMappingNode)node);
        DataDefinition data = kind switch
        {
            "speechCommands" => SpeechCommands(map),
            "synth" => Synth(map),
            "folder" => Folder(map),
            "importedFeatures" => Imported(map),
            "manifest" => Manifest(map),
            _ when CorpusKeys.Find(kind) is { } corpus => Corpus(corpus, map),
            "pool" => Pool(map),
            "mix" => new MixData
            {
                Train = DataOf(map, "train"),
                Validation = DataOf(map, "validation"),
                Test = DataOf(map, "test"),
            },
            _ => throw new InvalidOperationException($"The kind of data '{kind}' has keys but no reader."),
        };
        return data with { Licence = map.Text("licence") };
    }

    private ExtendedSet Extended(YamlNode node, string name)
    {
        FeatureSetDefinition? definition = Placed(node, () => namedSet(name));
        return new(name, definition, definition is null ? new FeatureSetId(name) : null);
    }

    private PoolData Pool(ConfigMap map)
    {
        PoolData data = new()
        {
            Sources = [.. ((YamlSequenceNode)map.Find("sources")!).Select(node => node is YamlMappingNode inline ? Data(new ConfigMap(inline)) : Named(node))],
        };
        return data with
        {
            Labels = map.Map("labels") is { } labels ? [.. labels.Entries.Select(static e => KeyValuePair.Create(e.Key, ConfigMap.Value(e.Value).ToString()))] : null,
            Keep = (map.Map("keep")?.Entries ?? []).ToDictionary(static e => e.Key, static e => ConfigMap.Value(e.Value).AsNumber()),
            Split = map.Find("split") is null ? null : map.Word("split", SpeakerSplit.Speakers),
            Seed = (ulong)map.Number("seed", data.Seed),
        };
    }

    private SpeechCommandsData SpeechCommands(ConfigMap map)
    {
        SpeechCommandsData data = new() { Path = PathOf(map, "path")! };
        return data with
        {
            Classes = (int)map.Number("classes", data.Classes),
            Split = map.Word("split", data.Split),
            Noise = PathOf(map, "noise"),
            Resample = Resample(map),
            UnknownPercent = map.Number("unknownPercent", data.UnknownPercent),
            SilencePercent = map.Number("silencePercent", data.SilencePercent),
            Seed = (ulong)map.Number("seed", data.Seed),
        };
    }

    private static SynthData Synth(ConfigMap map)
    {
        SynthData data = new();
        return data with { ClipsPerWord = (int)map.Number("clipsPerWord", data.ClipsPerWord), Seed = (ulong)map.Number("seed", data.Seed) };
    }

    private FolderData Folder(ConfigMap map)
    {
        FolderData data = new() { Path = PathOf(map, "path")! };
        return data with
        {
            Split = map.Word("split", data.Split),
            Noise = PathOf(map, "noise"),
            Resample = Resample(map),
            ClipSeconds = map.Number("clipSeconds", data.ClipSeconds),
            Fit = map.Word("fit", data.Fit),
        };
    }

    private CorpusData Corpus(Corpus corpus, ConfigMap map)
    {
        CorpusData data = new() { Corpus = corpus, Path = PathOf(map, "path")! };
        return data with
        {
            Split = map.Word("split", data.Split),
            Seed = (ulong)map.Number("seed", data.Seed),
            Noise = PathOf(map, "noise"),
            Resample = Resample(map),
            ClipSeconds = map.Number("clipSeconds", data.ClipSeconds),
            SkipSeconds = map.Number("skipSeconds", data.SkipSeconds),
            Fit = map.Word("fit", data.Fit),
        };
    }

    private ManifestData Manifest(ConfigMap map)
    {
        ManifestData data = new() { Path = PathOf(map, "path")! };
        return data with
        {
            Split = map.Find("split") is null ? null : map.Word("split", SpeakerSplit.Speakers),
            Seed = (ulong)map.Number("seed", data.Seed),
            Noise = PathOf(map, "noise"),
            Resample = Resample(map),
            ClipSeconds = map.Number("clipSeconds", data.ClipSeconds),
            Fit = map.Word("fit", data.Fit),
        };
    }

    private static int? Resample(ConfigMap map) => map.Find("resample") is null ? null : (int)map.Number("resample", 0);

    private ImportedFeaturesData Imported(ConfigMap map)
    {
        ImportedFeaturesData data = new() { Path = PathOf(map, "path")! };
        data = data with
        {
            Classes = (int)map.Number("classes", data.Classes),
            ClipSeconds = map.Number("clipSeconds", data.ClipSeconds),
            UnknownPercent = map.Number("unknownPercent", data.UnknownPercent),
            Seed = (ulong)map.Number("seed", data.Seed),
        };
        return map.Map("values") is { } values ? data with { Gain = values.Number("gain", 1), Offset = values.Number("offset", 0) } : data;
    }

    private static RowFormat Type(YamlNode node, ConfigMap map) => node is YamlMappingNode mapping && new ConfigMap(mapping).Map("int8") is { } range
        ? new(ElementType.Int8, range.Number("min", 0), range.Number("max", 0))
        : new(map.Word("type", ElementType.Float16));

    private static AugmentSpec Augment(ConfigMap map)
    {
        AugmentSpec augment = new() { Steps = [.. ((YamlSequenceNode)map.Find("steps")!).Select(static s => Step(new ConfigMap((YamlMappingNode)s)))] };
        return augment with
        {
            When = map.Word("when", augment.When),
            Copies = (int)map.Number("copies", augment.Copies),
            Probability = map.Number("probability", augment.Probability),
        };
    }

    private static AugmentStep Step(ConfigMap choice)
    {
        (string kind, YamlNode node) = choice.Entries.Single();
        ConfigMap map = new((YamlMappingNode)node);
        return kind switch
        {
            "shift" => new ShiftStep(map.Number("maxMs", 0)) { Gap = map.Word("gap", ShiftGap.Zeros), P = map.Number("p", 1) },
            "noise" => new NoiseStep(map.Number("gainMax", 0), map.Number("silenceGainMax", 1)),
            "gain" => new GainStep(map.Number("minDb", 0), map.Number("maxDb", 0), map.Number("p", 1)),
            "gaussian" => new GaussianStep(map.Number("minSnrDb", 0), map.Number("maxSnrDb", 0), map.Number("p", 1)),
            "amplitudeNoise" => new AmplitudeNoiseStep(map.Number("min", 0), map.Number("max", 0), map.Word("of", NoiseReference.FullScale), map.Number("p", 1)),
            "timeStretch" => new TimeStretchStep(map.Number("minRate", 1), map.Number("maxRate", 1), map.Number("p", 1)),
            "pitchShift" => new PitchShiftStep(map.Number("minSemitones", 0), map.Number("maxSemitones", 0), map.Number("p", 1)),
            "speed" => new SpeedStep(map.Number("minRate", 1), map.Number("maxRate", 1), map.Number("p", 1)),
            "room" => new RoomStep(map.Number("minMs", 0), map.Number("maxMs", 0), map.Number("minDb", 0), map.Number("maxDb", 20), map.Number("p", 1)),
            "mix" => new MixStep(map.Number("minSnrDb", 0), map.Number("maxSnrDb", 0), map.Number("p", 1)),
            "polarity" => new PolarityStep(map.Number("p", 0.5)),
            "roll" => new RollStep((int)map.Number("maxFrames", 0)),
            "mask" => new MaskStep((int)map.Number("bandMasks", 2), (int)map.Number("bandWidth", 0), (int)map.Number("frameMasks", 2), (int)map.Number("frameWidth", 0)),
            _ => throw new InvalidOperationException($"The augmentation step '{kind}' has keys but no reader."),
        };
    }

    private DataDefinition DataOf(ConfigMap map, string key) =>
        map.Find(key) is YamlMappingNode inline ? Data(new ConfigMap(inline)) : Named(map.Find(key)!);

    private DataDefinition Named(YamlNode name) => Placed(name, () => named(ConfigMap.Value(name).ToString()));

    private T Placed<T>(YamlNode name, Func<T> find)
    {
        try
        {
            return find();
        }
        catch (BadInputException e) when (!ConfigFile.NamesPlace(e.Message))
        {
            throw new BadInputException($"{file.Path}:{name.Start.Line}: {e.Message}", e);
        }
    }

    private string? PathOf(ConfigMap map, string key) =>
        Variables.Expand(file, map, key) is { } path ? Path.GetFullPath(path, file.Folder) : null;
}
