using Pipeline.FeatureStore.Datasets;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of the corpora that are known by their files' names, one for each, all with the same keys; and of manifests.</summary>
internal static class CorpusKeys
{
    private static readonly CorpusData Defaults = new() { Corpus = Corpus.Emodb, Path = "" };

    private static readonly MapShape Shape = new(
    [
        new("path", "The folder.", new PathShape()) { IsRequired = true },
        Split("") with { Default = StateName.Of(Defaults.Split) },
        FeatureSetKeys.Seed(Defaults.Seed),
        .. FeatureSetKeys.Recorded,
        .. FeatureSetKeys.Fitted(Defaults.ClipSeconds),
        new("skipSeconds", "Seconds left out at the beginning of every recording.", new NumberShape(0, 30)) { Default = Defaults.SkipSeconds },
        FeatureSetKeys.Licence,
    ]);

    private static readonly ManifestData ManifestDefaults = new() { Path = "" };

    /// <summary>A key for each corpus, and that of manifests.</summary>
    public static IReadOnlyList<Key> All { get; } =
    [
        Of(Corpus.Emodb, "Berlin Database of Emotional Speech: 7 emotions, 10 actors."),
        Of(Corpus.Ravdess, "RAVDESS, its speech: 8 emotions, 24 actors."),
        Of(Corpus.Tess, "Toronto Emotional Speech Set: 7 emotions, 2 actresses."),
        Of(Corpus.Savee, "Surrey Audio-Visual Expressed Emotion: 7 emotions, 4 men."),
        Of(Corpus.Fsdd, "Free Spoken Digit Dataset: 10 digits, 6 speakers."),
        Of(Corpus.Iemocap, "IEMOCAP: 4 emotions, 10 actors, labels from its evaluation files."),
        new("manifest", "Recordings listed in a CSV or TSV file with the columns path, label, speaker, split, start and end.", new MapShape(
        [
            new("path", "The file; the paths in it start at its folder.", new PathShape()) { IsRequired = true },
            Split(" Absent: as the column split says, by speakers where there is none."),
            FeatureSetKeys.Seed(ManifestDefaults.Seed),
            .. FeatureSetKeys.Recorded,
            .. FeatureSetKeys.Fitted(ManifestDefaults.ClipSeconds),
            FeatureSetKeys.Licence,
        ])),
    ];

    /// <summary>The corpus of a key, or null.</summary>
    public static Corpus? Find(string key) => Enum.TryParse(key, ignoreCase: true, out Corpus corpus) ? corpus : null;

    private static Key Split(string rest) =>
        new("split", "Whether speakers or clips are spread over training, validation and test; test: all are test clips; head: the first 80 % of each class train, the rest tests, none validates." + rest, FeatureSetKeys.Words<SpeakerSplit>());

    private static Key Of(Corpus corpus, string doc) => new(StateName.Of(corpus), doc, Shape);
}
