using Pipeline.FeatureStore.Datasets;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of the corpora that are known by their files' names: one for each, all with the same keys.</summary>
internal static class CorpusKeys
{
    private static readonly CorpusData Defaults = new() { Corpus = Corpus.Emodb, Path = "" };

    private static readonly MapShape Shape = new(
    [
        FeatureSetKeys.Folder,
        new(
            "split",
            "Whether speakers or clips are spread over training, validation and test; test: all are test clips.",
            FeatureSetKeys.Words<SpeakerSplit>()) { Default = StateName.Of(Defaults.Split) },
        FeatureSetKeys.Seed(Defaults.Seed),
        FeatureSetKeys.Noise,
        FeatureSetKeys.ClipSeconds(Defaults.ClipSeconds),
    ]);

    /// <summary>A key for each corpus.</summary>
    public static IReadOnlyList<Key> All { get; } =
    [
        Of(Corpus.Emodb, "Berlin Database of Emotional Speech: 7 emotions, 10 actors."),
        Of(Corpus.Ravdess, "RAVDESS, its speech: 8 emotions, 24 actors."),
        Of(Corpus.Tess, "Toronto Emotional Speech Set: 7 emotions, 2 actresses."),
        Of(Corpus.Savee, "Surrey Audio-Visual Expressed Emotion: 7 emotions, 4 men."),
        Of(Corpus.Fsdd, "Free Spoken Digit Dataset: 10 digits, 6 speakers."),
    ];

    /// <summary>The corpus of a key, or null.</summary>
    public static Corpus? Find(string key) => All.Any(k => k.Name == key) ? StateName.Parse<Corpus>(key) : null;

    private static Key Of(Corpus corpus, string doc) => new(StateName.Of(corpus), doc, Shape);
}
