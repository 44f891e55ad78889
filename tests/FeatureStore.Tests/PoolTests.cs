using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Mixes of corpora with label maps, and the splits of EdgeRNN and of the Kaggle entry, on trees that have the corpora's file names.</summary>
public sealed class PoolTests
{
    // models.md 6.1.
    private static readonly KeyValuePair<string, string>[] FourEmotions =
    [
        new("neutral", "neutral"), new("calm", "neutral"), new("happiness", "happy"), new("surprise", "surprise"), new("sadness", "unpleasant"), new("anger", "unpleasant"),
    ];

    [Fact]
    public async Task Three_corpora_make_the_four_classes_of_tinyml_with_its_2894_clips()
    {
        using var folder = new TemporaryFolder();
        PoolData pool = TinyMl(folder);
        FoundData found = await Scan(pool);
        Assert.Equal(["neutral", "happy", "surprise", "unpleasant"], found.Classes);
        Assert.Equal([808, 652, 652, 782], found.Classes.Select(name => found.Clips.Count(clip => clip.Class == name)));
        Assert.Equal(2894, found.Clips.Count);
        int Of(string corpus, string name) => found.Clips.Count(clip => clip.Class == name && clip.Id.StartsWith(corpus + "/", StringComparison.Ordinal));
        Assert.Equal([288, 400, 120], new[] { "ravdess", "tess", "savee" }.Select(corpus => Of(corpus, "neutral")));
        Assert.Equal([192, 400, 60], new[] { "ravdess", "tess", "savee" }.Select(corpus => Of(corpus, "surprise")));
        Assert.Equal(30, found.Clips.Select(static clip => clip.Speaker).Distinct().Count());
    }

    [Fact]
    public async Task What_is_kept_depends_on_the_seed_and_the_clips_and_not_on_where_they_lie()
    {
        using TemporaryFolder one = new(), other = new();
        string[] kept = Unpleasant(await Scan(TinyMl(one)));
        Assert.Equal(kept, Unpleasant(await Scan(TinyMl(other))));
        string[] another = Unpleasant(await Scan(TinyMl(one, write: false) with { Seed = 8 }));
        Assert.Equal(kept.Length, another.Length);

        // Of 1,304 clips 782 are kept twice: by chance 469 are the same.
        Assert.InRange(kept.Intersect(another).Count(), 420, 520);
        static string[] Unpleasant(FoundData found) => [.. found.Clips.Where(static clip => clip.Class == "unpleasant").Select(static clip => clip.Id)];
    }

    [Fact]
    public async Task Labels_that_no_source_has_and_sources_of_other_lengths_are_refused()
    {
        using var folder = new TemporaryFolder();
        PoolData pool = TinyMl(folder);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => Scan(pool with { Labels = [new("hapiness", "x")] }));
        Assert.Contains("Did you mean 'happiness'", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<BadInputException>(() => Scan(pool with { Sources = [pool.Sources[0], (CorpusData)pool.Sources[1] with { ClipSeconds = 2 }] }));
        Assert.Contains("'tess' has clips of 2 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Iemocap_takes_its_labels_from_its_evaluations_and_the_head_of_each_class_trains()
    {
        using var folder = new TemporaryFolder();
        EmotionTrees.Iemocap(folder.Path);
        CorpusData data = new() { Corpus = Corpus.Iemocap, Path = folder.Path, Split = SpeakerSplit.Head };
        FoundData found = await Scan(data);
        Assert.Equal(["anger", "happiness", "neutral", "sadness"], found.Classes);
        Assert.Equal([1103, 1636, 1708, 1084], found.Classes.Select(name => found.Clips.Count(clip => clip.Class == name)));
        Assert.Equal([221, 328, 342, 217], found.Classes.Select(name => found.Clips.Count(clip => clip.Class == name && clip.Split == Split.Test)));
        Assert.Equal(4423, found.Clips.Count(static clip => clip.Split == Split.Train));
        Assert.Equal(["Ses01F", "Ses01M", "Ses02F"], found.Clips.Select(static clip => clip.Speaker).Distinct().Order(StringComparer.Ordinal).Take(3));
        Assert.Equal(10, found.Clips.Select(static clip => clip.Speaker).Distinct().Count());
        FoundData bySpeaker = await Scan(data with { Split = SpeakerSplit.Speakers });
        Assert.All(bySpeaker.Clips.GroupBy(static clip => clip.Speaker), static speaker => Assert.Single(speaker.Select(static clip => clip.Split).Distinct()));

        File.Delete(Directory.EnumerateFiles(folder.Path, "*_F0000.wav", SearchOption.AllDirectories).Single());
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => Scan(data));
        Assert.Contains("there is no recording", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_four_fifths_of_the_first_version_are_edge_rnns_51768_clips()
    {
        // Files of each word of Speech Commands v0.01, in alphabetical order, and its six background recordings.
        int[] words =
        [
            1713, 1731, 1733, 1746, 2359, 2352, 2357, 2372, 2372, 1742, 1750, 2353, 1746, 2364, 2367, 2357, 2375, 2370, 2367, 2377, 1734, 2369, 2380, 2356, 1733, 2373, 2375, 1745, 2377, 2376,
        ];
        FoundClip[] cut = [.. words.Append(6).SelectMany(static (count, word) => HeadSplit.Of(
            [.. Enumerable.Range(0, count).Select(i => new FoundClip($"{word}/{i:d5}", "", "", "", Split.Train, null))], static clip => clip.Id))];
        Assert.Equal((51_768, 12_959), (cut.Count(static clip => clip.Split == Split.Train), cut.Count(static clip => clip.Split == Split.Test)));
    }

    [Theory]
    [InlineData(11, 11, "_unknown_")]
    [InlineData(12, 12, "_silence_")]
    [InlineData(13, 13, "_silence_")]
    public async Task Speech_commands_have_eleven_twelve_or_all_words_and_silence(int classes, int expected, string first)
    {
        using var folder = new TemporaryFolder();
        FoundData found = await Scan(TinyData.Write(folder.Path) with { Classes = classes });
        Assert.Equal((expected, first), (found.Classes.Count, found.Classes[0]));
        Assert.Equal(found.Classes.Order(), found.Clips.Select(static clip => clip.Class).OfType<string>().Distinct().Order());
    }

    [Fact]
    public async Task Edge_rnns_unknown_class_holds_the_other_words_and_a_second_of_each_background_recording()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder.Path) with { Classes = 11, Split = SplitRule.Head };
        FoundData found = await Scan(data);
        FoundClip[] unknown = [.. found.Clips.Where(static clip => clip.Class == "_unknown_")];
        Assert.Equal((2 * 24) + 2, unknown.Length);
        Assert.Equal(2, unknown.Count(static clip => clip.Reading == new ClipReading(0, 1)));
        Assert.Equal((12 * 19) + 1, found.Clips.Count(static clip => clip.Split == Split.Train));
        Assert.Equal((12 * 5) + 1, found.Clips.Count(static clip => clip.Split == Split.Test));

        // Nothing validates, and a set is planned all the same.
        FeatureStore.Shards.FeatureSetPlan plan = await TinyData.Plan(data, null);
        Assert.DoesNotContain(plan.Clips, static clip => clip.Split == Split.Validation);
    }

    [Fact]
    public async Task What_would_test_trains_too_where_the_rule_says_so()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder.Path) with { Classes = 12, UnknownPercent = 100, SilencePercent = 0, Split = SplitRule.Official };
        FoundData official = await Scan(data), all = await Scan(data with { Split = SplitRule.TestTrains });
        string[] Ids(FoundData found, params Split[] splits) => [.. found.Clips.Where(clip => splits.Contains(clip.Split)).Select(static clip => clip.Id).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(Ids(official, Split.Test));
        Assert.Equal(Ids(official, Split.Validation), Ids(all, Split.Validation));
        Assert.Equal(Ids(official, Split.Train, Split.Test), Ids(all, Split.Train));

        string validating = Ids(official, Split.Test).First(IsYes), testing = Ids(official, Split.Validation).First(IsYes);
        File.WriteAllText(Path.Combine(folder.Path, "validation_list.txt"), validating + "\n");
        File.WriteAllText(Path.Combine(folder.Path, "testing_list.txt"), testing + "\n");
        FoundData listed = await Scan(data with { Split = SplitRule.TestTrains });
        Assert.Equal([validating], Ids(listed, Split.Validation));
        Assert.Contains(testing, Ids(listed, Split.Train));
        Assert.Empty(Ids(listed, Split.Test));
        static bool IsYes(string id) => id.StartsWith("yes/", StringComparison.Ordinal);
    }

    private static PoolData TinyMl(TemporaryFolder folder, bool write = true)
    {
        if (write)
        {
            EmotionTrees.Ravdess(folder["ravdess"]);
            EmotionTrees.Tess(folder["tess"]);
            EmotionTrees.Savee(folder["savee"]);
        }

        return new()
        {
            Sources = [.. new[] { Corpus.Ravdess, Corpus.Tess, Corpus.Savee }.Select(corpus => new CorpusData { Corpus = corpus, Path = folder[corpus.ToString().ToLowerInvariant()] })],
            Labels = FourEmotions,
            Keep = new Dictionary<string, double> { ["sadness"] = 0.6, ["anger"] = 0.6 },
            Split = SpeakerSplit.Clips,
            Seed = 7,
        };
    }

    private static Task<FoundData> Scan(DataDefinition data) => DataScanner.ScanAsync(data, Path.GetTempPath(), null, CancellationToken.None);
}
