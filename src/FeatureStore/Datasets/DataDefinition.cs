using System.Text.Json.Serialization;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Where the clips of a feature set come from.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SpeechCommandsData), "speechCommands")]
[JsonDerivedType(typeof(SynthData), "synth")]
[JsonDerivedType(typeof(FolderData), "folder")]
[JsonDerivedType(typeof(CorpusData), "corpus")]
[JsonDerivedType(typeof(ManifestData), "manifest")]
[JsonDerivedType(typeof(ImportedFeaturesData), "importedFeatures")]
[JsonDerivedType(typeof(MixData), "mix")]
[JsonDerivedType(typeof(PoolData), "pool")]
public abstract record DataDefinition
{
    private protected DataDefinition()
    {
    }

    /// <summary>Its name in pipeline.yaml; null where it has none. It decides nothing.</summary>
    [JsonIgnore]
    public string? Name { get; init; }

    /// <summary>The terms on which its recordings are given, in place of those that are built in; see <see cref="DataLicences"/>. They decide nothing.</summary>
    [JsonIgnore]
    public string? Licence { get; init; }
}

/// <summary>
/// A folder in the Speech Commands layout: a folder for each word, <c>SPEAKER_nohash_N.wav</c> inside, <c>_background_noise_</c> beside them;
/// or the official test archive's layout, which has ready-made <c>_silence_</c> and <c>_unknown_</c> folders.
/// </summary>
public sealed record SpeechCommandsData : RecordedData
{
    /// <summary>
    /// 12 (ten keywords, silence, unknown; models.md 2.2), 11 (ten keywords, and as unknown every other word and the first second of each background
    /// recording; models.md 4.2), or the number of word folders, every word a class of its own, or one more, silence.
    /// </summary>
    public int Classes { get; init; } = 12;

    /// <summary>How clips are spread over the splits.</summary>
    public SplitRule Split { get; init; } = SplitRule.Official;

    /// <summary>Unknown clips of each split as a percentage of its keyword clips, rounded up. 10 gives the counts of both conventions of models.md 2.2.</summary>
    public double UnknownPercent { get; init; } = 10;

    /// <summary>Silence clips of each split as a percentage of its keyword clips, rounded up.</summary>
    public double SilencePercent { get; init; } = 10;

    /// <summary>Decides which unknown clips are taken.</summary>
    public ulong Seed { get; init; } = 59185;
}

/// <summary>Speech made offline by espeak-ng in the Speech Commands layout, then read as twelve classes with the official hash split.</summary>
public sealed record SynthData : DataDefinition
{
    /// <summary>Clips of each of the ten keywords, each said by another voice; 10 to 10,000. Twenty other words get a sixth as many, 5 at least.</summary>
    public int ClipsPerWord { get; init; } = 60;

    /// <summary>Decides voices, places and noise.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A folder for each class. Classes are in alphabetical order; the splits are those of the official hash over the file name.</summary>
public sealed record FolderData : RecordedData
{
    /// <summary>How clips are spread over the splits.</summary>
    public SplitRule Split { get; init; } = SplitRule.SpeakerHash;

    /// <summary>Seconds of sound in a row, 0.1 to 30.</summary>
    public double ClipSeconds { get; init; } = 1;

    /// <summary>How recordings become as long as a row.</summary>
    public ClipFit Fit { get; init; }
}

/// <summary>
/// Features made elsewhere: <c>features.npy</c> ([rows, 98 frames, 40 bands] of uint8, value = 10.05 ln(E + 1e-6) + 146.4 of the front end
/// <c>log-mel-40-4khz</c>; or of other numbers and shapes by <see cref="Gain"/> and <see cref="Offset"/>, of the feature set's front end) and
/// <c>index.tsv</c> (row, label, word, speaker, split, name).
/// </summary>
public sealed record ImportedFeaturesData : DataDefinition
{
    /// <summary>The folder of the two files.</summary>
    public required string Path { get; init; }

    /// <summary>12: ten keywords, silence and unknown; or the number of labels of the index, each a class.</summary>
    public int Classes { get; init; } = 12;

    /// <summary>Seconds of sound in a row, 0.1 to 30.</summary>
    public double ClipSeconds { get; init; } = 1;

    /// <summary>Stored value = gain * feature + <see cref="Offset"/>; null: 10.05 and 146.4, of uint8 and 98 x 40 alone.</summary>
    public double? Gain { get; init; }

    /// <summary>The value that stands for a feature of 0, where there is a <see cref="Gain"/>.</summary>
    public double Offset { get; init; }

    /// <summary>Of twelve classes: unknown rows of each split as a percentage of its keyword rows, rounded up; 10 gives 3,077 / 371 / 408.</summary>
    public double UnknownPercent { get; init; } = 10;

    /// <summary>Decides which unknown rows are taken.</summary>
    public ulong Seed { get; init; } = 59185;
}

/// <summary>Each split from a source of its own; all sources have the same classes.</summary>
public sealed record MixData : DataDefinition
{
    /// <summary>Gives its training clips, and its background recordings.</summary>
    public required DataDefinition Train { get; init; }

    /// <summary>Gives its validation clips.</summary>
    public required DataDefinition Validation { get; init; }

    /// <summary>Gives its test clips.</summary>
    public required DataDefinition Test { get; init; }
}
