using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of data sets, augmentation chains and feature sets, which both files may hold.</summary>
internal static class FeatureSetKeys
{
    /// <summary>The name of anything that a person names in these files.</summary>
    public static TextShape NameShape { get; } = new("a name of lower-case letters, digits and dashes, at most 64", "[a-z0-9][a-z0-9-]{0,63}");

    private static readonly SpeechCommandsData SpeechCommandsDefaults = new() { Path = "" };
    private static readonly SynthData SynthDefaults = new();
    private static readonly FolderData FolderDefaults = new() { Path = "" };
    private static readonly ImportedFeaturesData ImportedDefaults = new() { Path = "" };
    private static readonly AugmentSpec AugmentDefaults = new() { Steps = [] };


    private static readonly Key PathKey = new("path", "The folder.", new PathShape()) { IsRequired = true };

    private static readonly Key[] Sources =
    [
        new("speechCommands", "A folder in the Speech Commands layout.", new MapShape(
        [
            PathKey,
            new("classes", "12: ten keywords, silence and unknown; 11: without silence, all other words unknown; or the number of word folders, each a class, or one more with silence.", new NumberShape(2, 1000, Whole: true)) { Default = SpeechCommandsDefaults.Classes },
            Split(SpeechCommandsDefaults.Split),
            .. Recorded,
            Percent("unknownPercent", "Unknown clips of each split, in percent of its keyword clips.", SpeechCommandsDefaults.UnknownPercent),
            Percent("silencePercent", "Silence clips of each split, in percent of its keyword clips.", SpeechCommandsDefaults.SilencePercent),
            Seed(SpeechCommandsDefaults.Seed),
            Licence,
        ])),
        new("synth", "Speech made offline by espeak-ng.", new MapShape(
        [
            new("clipsPerWord", "Clips of each of the ten keywords.", new NumberShape(10, 10_000, Whole: true)) { Default = SynthDefaults.ClipsPerWord },
            Seed(SynthDefaults.Seed),
            Licence,
        ])),
        new("folder", "A folder for each class.", new MapShape(
        [
            PathKey,
            Split(FolderDefaults.Split),
            .. Recorded,
            .. Fitted(FolderDefaults.ClipSeconds),
            Licence,
        ])),
        .. CorpusKeys.All,
        new("importedFeatures", "Features made elsewhere: features.npy [rows, frames, bands] and index.tsv.", new MapShape(
        [
            PathKey,
            new("classes", "12: ten keywords, silence and unknown; or the number of labels in index.tsv, each a class.", new NumberShape(2, 1000, Whole: true)) { Default = ImportedDefaults.Classes },
            new("clipSeconds", "Seconds of sound that a row was made of.", new NumberShape(0.1, 30)) { Default = ImportedDefaults.ClipSeconds },
            new("values", "What the array's uint8, int8, float16 or float32 stand for: value = gain * feature + offset. Absent: 10.05 and 146.4, of uint8 [rows, 98, 40] by log-mel-40-4khz.", new MapShape(
            [
                new("gain", "The gain.", new NumberShape(1e-6, 1e6)) { IsRequired = true },
                new("offset", "The value of a feature of 0.", new NumberShape(-1e6, 1e6)) { Default = 0 },
            ])),
            Percent("unknownPercent", "Of 12 classes: unknown rows of each split, in percent of its keyword rows.", ImportedDefaults.UnknownPercent),
            Seed(ImportedDefaults.Seed),
            Licence,
        ])),
    ];

    private static readonly Key Pool = new("pool", "Several sources together, their labels mapped to common classes.", new MapShape(
    [
        new("sources", "The sources: names of data sets, or data sets written here.", new ListShape(new EitherShape(NameShape, new MapShape(Sources, IsChoice: true)), 1, 32)) { IsRequired = true },
        new("labels", "Class by label of the sources; other labels are left out. Absent: every label is a class.", new NamesShape("label", new TextShape("a class"))),
        new("keep", "By label of the sources: the share of its clips that is kept, drawn by the seed.", new NamesShape("label", new NumberShape(0, 1))),
        new("split", "Whether speakers or clips are spread over the splits, or the first of each class train (head); absent: as the sources spread theirs.", Words<SpeakerSplit>()),
        Seed(new PoolData { Sources = [] }.Seed),
    ]));

    private static readonly Key Mix = new("mix", "Each split from a source of its own.", new MapShape(
    [
        Part("train", "Gives the training clips."),
        Part("validation", "Gives the validation clips."),
        Part("test", "Gives the test clips."),
    ]));

    private static readonly Key[] Steps =
    [
        new("shift", "Moves the waveform either way.", new MapShape(
        [
            new("maxMs", "The furthest, in milliseconds.", new NumberShape(0, 1000)) { IsRequired = true },
            new("gap", "Zeros fill the gap, or what left at the other end.", Words<ShiftGap>()) { Default = StateName.Of(ShiftGap.Zeros) },
            StepChance,
        ])),
        new("noise", "Adds a crop of a background recording.", new MapShape(
        [
            new("gainMax", "The greatest gain for speech.", new NumberShape(0, 10)) { IsRequired = true },
            new("silenceGainMax", "The greatest gain for silence.", new NumberShape(0, 10)) { Default = 1 },
        ])),
        new("gain", "Makes the waveform louder or softer.", new MapShape(
        [
            Bound("minDb", "The least, in decibels.", -60, 60),
            Bound("maxDb", "The most, in decibels.", -60, 60),
            StepChance,
        ])),
        new("gaussian", "Adds Gaussian noise.", new MapShape(
        [
            Bound("minSnrDb", "The least that it is below the clip, in decibels.", -20, 100),
            Bound("maxSnrDb", "The most that it is below the clip, in decibels.", -20, 100),
            StepChance,
        ])),
        new("amplitudeNoise", "Adds Gaussian noise of a drawn standard deviation.", new MapShape(
        [
            Bound("min", "The least deviation.", 0, 1),
            Bound("max", "The greatest deviation.", 0, 1),
            new("of", "What the deviation is a part of: full scale, or the clip's greatest sample.", Words<NoiseReference>()) { Default = StateName.Of(NoiseReference.FullScale) },
            StepChance,
        ])),
        new("timeStretch", "Makes the clip faster or slower at the same pitch; its length stays, the end cut or filled with zeros.", new MapShape(
            [Bound("minRate", "The least rate; below 1 is slower.", 0.25, 4), Bound("maxRate", "The greatest rate.", 0.25, 4), StepChance])),
        new("pitchShift", "Changes the pitch at the same length.", new MapShape(
            [Bound("minSemitones", "The least, in semitones.", -24, 24), Bound("maxSemitones", "The greatest, in semitones.", -24, 24), StepChance])),
        new("speed", "Plays the clip faster or slower, the pitch with it; its length stays, the end cut or filled with zeros.", new MapShape(
            [Bound("minRate", "The least rate; below 1 is slower.", 0.25, 4), Bound("maxRate", "The greatest rate.", 0.25, 4), StepChance])),
        new("room", "Puts the clip in a room drawn anew: echoes that die away.", new MapShape(
        [
            Bound("minMs", "The least time in which the echoes fall by 60 dB, in milliseconds.", 10, 2_000),
            Bound("maxMs", "The greatest such time.", 10, 2_000),
            new("minDb", "The least that the echoes together are below the direct sound, in decibels.", new NumberShape(-20, 60)) { Default = 0 },
            new("maxDb", "The most, in decibels.", new NumberShape(-20, 60)) { Default = 20 },
            StepChance,
        ])),
        new("mix", "Adds another training clip; the label stays.", new MapShape(
        [
            Bound("minSnrDb", "The least that it is below the clip, in decibels.", -20, 100),
            Bound("maxSnrDb", "The most that it is below the clip, in decibels.", -20, 100),
            StepChance,
        ])),
        new("polarity", "Turns the waveform upside down.", new MapShape([new("p", "Chance.", new NumberShape(0, 1)) { Default = 0.5 }])),
        new("roll", "Rolls the features either way.", new MapShape(
            [new("maxFrames", "The furthest, in frames.", new NumberShape(0, 10_000, Whole: true)) { IsRequired = true }])),
        new("mask", "SpecAugment: sets bands and frames of every training clip to 0, whatever the probability.", new MapShape(
        [
            new("bandMasks", "Masks over bands.", new NumberShape(0, 16, Whole: true)) { Default = 2 },
            new("bandWidth", "A band mask is narrower than this.", new NumberShape(0, 1_024, Whole: true)) { IsRequired = true },
            new("frameMasks", "Masks over frames.", new NumberShape(0, 16, Whole: true)) { Default = 2 },
            new("frameWidth", "A frame mask is narrower than this.", new NumberShape(0, 10_000, Whole: true)) { IsRequired = true },
        ])),
    ];

    /// <summary>The terms of a data set.</summary>
    public static Key Licence => new(
        "licence", "The terms on which the recordings are given, in place of a known corpus' own. NC, non-commercial, research, academic or personal in them stop promotions.", new TextShape("words"));

    /// <summary>The keys of every data set of recordings.</summary>
    public static IReadOnlyList<Key> Recorded =>
    [
        new("noise", "A folder of background recordings, where the data's own has no _background_noise_.", new PathShape()),
        new("resample", "Resamples recordings of another rate to this one; absent: they are refused.", new NumberShape(1_000, 192_000, Whole: true)),
    ];

    /// <summary>A data set.</summary>
    public static MapShape Data { get; } = new([.. Sources, Pool, Mix], IsChoice: true);

    /// <summary>A feature set.</summary>
    public static MapShape FeatureSet { get; } = new(
    [
        new("data", "The data set: its name, or one written here.", new EitherShape(NameShape, Data)) { IsRequired = true },
        new("frontEnd", "The front end's versioned name.", new WordShape([.. FrontEnds.All.Select(static f => f.Name)])) { IsRequired = true },
        new("extends", "A feature set, by its name here or, once it is built, by its id in quotes: its shards are taken as they are, and only rows that it lacks are built.", NameShape),
        new("type", "How features are stored; a set of audio is int16 always.", new EitherShape(
            new WordShape([StateName.Of(ElementType.Float16), StateName.Of(ElementType.Float32)]),
            new MapShape(
            [
                new(StateName.Of(ElementType.Int8), "In 256 even steps over a range; what lies outside is clamped.", new MapShape(
                [
                    new("min", "What the lowest step stands for.", new NumberShape(-1e30, 1e30)) { IsRequired = true },
                    new("max", "What the highest step stands for.", new NumberShape(-1e30, 1e30)) { IsRequired = true },
                ])),
            ], IsChoice: true)))
        {
            Default = StateName.Of(RowFormat.Features.Type),
        },
        new("augment", "The augmentation chain of training clips.", new MapShape(
        [
            new("when", "Drawn anew each epoch, or stored as copies.", Words<AugmentWhen>()) { Default = StateName.Of(AugmentDefaults.When) },
            new("copies", "Copies of each training clip when stored; the first is the clip itself.", new NumberShape(1, 1000, Whole: true)) { Default = AugmentDefaults.Copies },
            new("probability", "Chance that the chain is applied to a clip.", new NumberShape(0, 1)) { Default = AugmentDefaults.Probability },
            new("steps", "The steps in order, waveform steps first.", new ListShape(new MapShape(Steps, IsChoice: true), 1, 16)) { IsRequired = true },
        ])),
    ]);

    /// <summary>The words of an enum.</summary>
    public static WordShape Words<TEnum>()
        where TEnum : struct, Enum => new([.. Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName)]);

    /// <summary>A seed that JSON and YAML readers everywhere keep exactly.</summary>
    public static Key Seed(ulong standard) => new("seed", "Decides every draw.", new NumberShape(0, MaxSeed, Whole: true)) { Default = standard };

    /// <summary>2^53 - 1.</summary>
    public const double MaxSeed = 9_007_199_254_740_991;

    /// <summary>The keys of data sets whose recordings may have any length.</summary>
    public static IReadOnlyList<Key> Fitted(double seconds) =>
    [
        new("clipSeconds", "Seconds of a clip.", new NumberShape(0.1, 30)) { Default = seconds },
        new("fit", "Longer recordings are refused (whole), or their head or centre is kept; shorter ones are padded at the end, with centre on both sides.", Words<ClipFit>())
        {
            Default = StateName.Of(ClipFit.Whole),
        },
    ];

    private static Key StepChance => new("p", "Chance that the step is applied where the chain is.", new NumberShape(0, 1)) { Default = 1 };

    private static Key Bound(string name, string doc, double min, double max) => new(name, doc, new NumberShape(min, max)) { IsRequired = true };

    private static Key Part(string name, string doc) =>
        new(name, doc, new EitherShape(NameShape, new MapShape(Sources, IsChoice: true))) { IsRequired = true };

    private static Key Split(SplitRule standard) =>
        new("split", "How clips are spread over training, validation and test.", Words<SplitRule>()) { Default = StateName.Of(standard) };

    private static Key Percent(string name, string doc, double standard) => new(name, doc, new NumberShape(0, 1000)) { Default = standard };
}
