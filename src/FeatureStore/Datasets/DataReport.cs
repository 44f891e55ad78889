using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>What a data set holds, and what is odd about it.</summary>
public sealed record DataReport
{
    /// <summary>The terms on which the recordings are given, as text.</summary>
    public string Licence => string.Join("; ", Licences.Select(static licence => licence.Terms).Where(static terms => terms.Length > 0).Distinct());

    /// <summary>The terms of each source.</summary>
    public required IReadOnlyList<DataLicence> Licences { get; init; }

    /// <summary>The class names in the order of the labels.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Clips of each class, by split: <c>train</c>, <c>validation</c>, <c>test</c>.</summary>
    public required SortedDictionary<string, int[]> ClipsByClass { get; init; }

    /// <summary>Clips of each split.</summary>
    public required SortedDictionary<string, int> Clips { get; init; }

    /// <summary>The largest and the smallest class of each split.</summary>
    public required SortedDictionary<string, ClassBalance> Balance { get; init; }

    /// <summary>Different speakers of each split.</summary>
    public required SortedDictionary<string, int> Speakers { get; init; }

    /// <summary>Speakers heard in more than one split: a model may learn the voice in place of the word.</summary>
    public IReadOnlyList<string> LeakedSpeakers => [.. SpeakerLeaks.Select(static leak => leak.Speaker)];

    /// <summary>The same speakers, with their clips in each split.</summary>
    public required IReadOnlyList<SpeakerLeak> SpeakerLeaks { get; init; }

    /// <summary>Groups of clips with byte-identical files, or of the same part of such files.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Duplicates { get; init; }

    /// <summary>Those of the groups that stand in more than one split: a model is tested on what it was trained on.</summary>
    public required IReadOnlyList<IReadOnlyList<CopiedClip>> CopyLeaks { get; init; }

    /// <summary>Those of the groups that have more than one class: one of the labels is wrong.</summary>
    public required IReadOnlyList<IReadOnlyList<CopiedClip>> CopyConflicts { get; init; }

    /// <summary>Recordings by sample rate.</summary>
    public required SortedDictionary<int, int> SampleRates { get; init; }

    /// <summary>Seconds of the shortest, the median and the longest clip; empty where there are no recordings.</summary>
    public required IReadOnlyList<double> Seconds { get; init; }

    /// <summary>Background recordings.</summary>
    public required int NoiseRecordings { get; init; }
}

/// <summary>How unlike in size the classes of a split are.</summary>
/// <param name="Largest">The class with the most clips.</param>
/// <param name="LargestClips">Its clips.</param>
/// <param name="Smallest">The class with the fewest.</param>
/// <param name="SmallestClips">Its clips; 0 where the split has none.</param>
public sealed record ClassBalance(string Largest, int LargestClips, string Smallest, int SmallestClips);

/// <summary>A speaker heard in more than one split.</summary>
/// <param name="Speaker">Who.</param>
/// <param name="Clips">Their clips by split.</param>
public sealed record SpeakerLeak(string Speaker, SortedDictionary<string, int> Clips);

/// <summary>A clip of a group of copies.</summary>
/// <param name="Clip">Its id.</param>
/// <param name="Class">Its class; null for a background recording.</param>
/// <param name="Split">Its split.</param>
public sealed record CopiedClip(string Clip, string? Class, string Split);
