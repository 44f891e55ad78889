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

    /// <summary>Different speakers of each split.</summary>
    public required SortedDictionary<string, int> Speakers { get; init; }

    /// <summary>Speakers heard in more than one split: a model may learn the voice in place of the word.</summary>
    public required IReadOnlyList<string> LeakedSpeakers { get; init; }

    /// <summary>Groups of clips with byte-identical files, or of the same part of such files.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Duplicates { get; init; }

    /// <summary>Recordings by sample rate.</summary>
    public required SortedDictionary<int, int> SampleRates { get; init; }

    /// <summary>Seconds of the shortest, the median and the longest clip; empty where there are no recordings.</summary>
    public required IReadOnlyList<double> Seconds { get; init; }

    /// <summary>Background recordings.</summary>
    public required int NoiseRecordings { get; init; }
}
