namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// Recordings listed in a file: CSV, or TSV where its name ends so, with a line of column names first. <c>path</c> (from the file's folder on) and
/// <c>label</c> must be there; <c>speaker</c>, <c>split</c> (train, validation or test), <c>start</c> and <c>end</c> (seconds) may. Classes are the
/// labels in alphabetical order.
/// </summary>
public sealed record ManifestData : RecordedData
{
    /// <summary>How clips are spread over the splits; null: as the column <c>split</c> says, by speakers where there is none.</summary>
    public SpeakerSplit? Split { get; init; }

    /// <summary>Decides which speakers, or clips, come into which split.</summary>
    public ulong Seed { get; init; }

    /// <summary>Seconds of sound in a row, 0.1 to 30.</summary>
    public double ClipSeconds { get; init; } = 1;

    /// <summary>How recordings become as long as a row.</summary>
    public ClipFit Fit { get; init; }
}
