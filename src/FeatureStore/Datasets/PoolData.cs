namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// Several sources together, their labels mapped to common classes. Ids and speakers are told apart by the source's name, so that speaker 03 of one
/// corpus is not speaker 03 of another.
/// </summary>
public sealed record PoolData : DataDefinition
{
    /// <summary>The sources.</summary>
    public required IReadOnlyList<DataDefinition> Sources { get; init; }

    /// <summary>
    /// Class by label of the sources; clips of other labels are left out. Classes are numbered as they first stand here. Null: every label is a class
    /// of its own, in alphabetical order.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Labels { get; init; }

    /// <summary>By label of the sources: the share of its clips, over all sources, that is kept, drawn by the seed; others are kept whole.</summary>
    public IReadOnlyDictionary<string, double> Keep { get; init; } = new Dictionary<string, double>();

    /// <summary>How clips are spread over the splits; null: as the sources spread theirs.</summary>
    public SpeakerSplit? Split { get; init; }

    /// <summary>Decides what is kept, and the split.</summary>
    public ulong Seed { get; init; }
}
