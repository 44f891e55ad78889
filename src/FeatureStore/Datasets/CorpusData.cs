using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>A public corpus whose file names say who speaks and what.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Corpus>))]
public enum Corpus
{
    /// <summary>Berlin Database of Emotional Speech (Burkhardt et al. 2005): 10 actors, 7 emotions, 535 clips.</summary>
    Emodb,

    /// <summary>RAVDESS (Livingstone and Russo 2018): 24 actors, 8 emotions, 1,440 clips of speech.</summary>
    Ravdess,

    /// <summary>Toronto Emotional Speech Set (Pichora-Fuller and Dupuis 2020): 2 actresses, 7 emotions, 2,800 clips.</summary>
    Tess,

    /// <summary>Surrey Audio-Visual Expressed Emotion (Haq and Jackson 2009): 4 men, 7 emotions, 480 clips.</summary>
    Savee,

    /// <summary>Free Spoken Digit Dataset (Jackson et al.): 6 speakers, 10 digits, 3,000 clips.</summary>
    Fsdd,

    /// <summary>
    /// IEMOCAP (Busso et al. 2008): 10 actors in five sessions, labels from its evaluation files. Four emotions, excitement counted as happiness:
    /// 5,531 clips.
    /// </summary>
    Iemocap,
}

/// <summary>How the clips of few speakers are spread over the splits.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SpeakerSplit>))]
public enum SpeakerSplit
{
    /// <summary>No speaker in two parts: a tenth of the speakers, one at least, validates, as many test, the rest trains.</summary>
    Speakers,

    /// <summary>A tenth of the clips validates, a tenth tests, whoever speaks: models learn the voices too, and figures are too good.</summary>
    Clips,

    /// <summary>Every clip is a test clip.</summary>
    Test,

    /// <summary>
    /// Of each class the first 80 % of the clips, rounded down, train, by the order of their names; the rest tests and nothing validates (models.md
    /// 4.2). Speakers are in both.
    /// </summary>
    Head,
}

/// <summary>A public corpus, its recordings anywhere under a folder. Its classes are in alphabetical order.</summary>
public sealed record CorpusData : RecordedData
{
    /// <summary>Which one.</summary>
    public required Corpus Corpus { get; init; }

    /// <summary>How clips are spread over the splits.</summary>
    public SpeakerSplit Split { get; init; } = SpeakerSplit.Speakers;

    /// <summary>Decides which speakers, or clips, come into which split.</summary>
    public ulong Seed { get; init; }

    /// <summary>Seconds of sound in a row, 0.1 to 30.</summary>
    public double ClipSeconds { get; init; } = 3;

    /// <summary>Seconds left out at the beginning of every recording, 0 to 30.</summary>
    public double SkipSeconds { get; init; }

    /// <summary>How recordings become as long as a row.</summary>
    public ClipFit Fit { get; init; }
}
