using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Tests;

public sealed class CorpusTests
{
    private static readonly Split[] Parts = [Split.Train, Split.Validation, Split.Test];

    [RealDataFact]
    public async Task Emodb_has_535_clips_of_ten_actors_and_no_actor_in_two_parts()
    {
        CorpusData data = new() { Corpus = Corpus.Emodb, Path = RealData.Emodb };
        DataReport report = await DataInspector.InspectAsync(data, Path.GetTempPath(), null, CancellationToken.None);
        Assert.Equal(["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"], report.Classes);
        Assert.Equal([127, 81, 46, 69, 71, 79, 62], Enumerable.Range(0, 7).Select(c => report.ClipsByClass.Values.Sum(counts => counts[c])));
        Assert.Equal(535, report.Clips.Values.Sum());
        Assert.Equal([KeyValuePair.Create("test", 1), KeyValuePair.Create("train", 8), KeyValuePair.Create("validation", 1)], report.Speakers);
        Assert.Empty(report.LeakedSpeakers);
        Assert.Equal([KeyValuePair.Create(22_050, 535)], report.SampleRates);
        Assert.Equal([2.0, 2.0, 2.0], report.Seconds);
        Assert.Contains("Burkhardt", report.Licence, StringComparison.Ordinal);
    }

    [RealDataFact]
    public async Task Another_seed_tests_another_actor()
    {
        HashSet<string> tested = [];
        for (ulong seed = 0; seed < 12; seed++)
        {
            FoundData found = await Scan(new() { Corpus = Corpus.Emodb, Path = RealData.Emodb, Seed = seed });
            tested.Add(Assert.Single(found.Clips.Where(static clip => clip.Split == Split.Test).Select(static clip => clip.Speaker).Distinct()));
        }

        Assert.True(tested.Count >= 4, $"only {string.Join(", ", tested)}");
    }

    [Theory]
    [InlineData(Corpus.Emodb, "wav/16b10Wb.wav", "anger", "b10", "16")]
    [InlineData(Corpus.Emodb, "03a02Nc.wav", "neutral", "a02", "03")]
    [InlineData(Corpus.Ravdess, "Actor_12/03-01-06-01-02-01-12.wav", "fear", "02", "12")]
    [InlineData(Corpus.Ravdess, "03-01-02-02-01-02-01.wav", "calm", "01", "01")]
    [InlineData(Corpus.Tess, "YAF_pleasant_surprised/YAF_jug_ps.wav", "surprise", "jug", "YAF")]
    [InlineData(Corpus.Tess, "OAF_neutral/OA_bite_neutral.wav", "neutral", "bite", "OAF")]
    [InlineData(Corpus.Savee, "AudioData/JK/sa15.wav", "sadness", "15", "JK")]
    [InlineData(Corpus.Savee, "DC_su01.wav", "surprise", "01", "DC")]
    [InlineData(Corpus.Savee, "KL/a03.wav", "anger", "03", "KL")]
    [InlineData(Corpus.Fsdd, "recordings/7_jackson_32.wav", "7", "7", "jackson")]
    public void A_file_name_says_class_word_and_speaker(Corpus corpus, string path, string className, string word, string speaker) =>
        Assert.Equal(new CorpusClip(className, word, speaker), CorpusRule.Of(corpus).Read(path));

    [Theory]
    [InlineData(Corpus.Emodb, "03a01Xa.wav")]
    [InlineData(Corpus.Ravdess, "03-01-09-01-02-01-12.wav")]
    [InlineData(Corpus.Tess, "OAF_back_surprised.wav")]
    [InlineData(Corpus.Savee, "AB/sa15.wav")]
    [InlineData(Corpus.Fsdd, "jackson_7_32.wav")]
    public async Task A_file_of_another_name_is_refused_naming_it(Corpus corpus, string file)
    {
        using var folder = new TemporaryFolder();
        Write(folder[file]);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => Scan(new() { Corpus = corpus, Path = folder.Path }));
        Assert.Contains(Path.GetFileName(file), e.Message, StringComparison.Ordinal);
        Assert.Contains("Expected one as", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Songs_of_ravdess_are_left_out_and_its_actors_dealt_out()
    {
        using var folder = new TemporaryFolder();
        for (int actor = 1; actor <= 24; actor++)
        {
            Write(folder[$"Actor_{actor:d2}/03-01-01-01-01-01-{actor:d2}.wav"]);
            Write(folder[$"Actor_{actor:d2}/03-02-01-01-01-01-{actor:d2}.wav"]);
        }

        FoundData found = await Scan(new() { Corpus = Corpus.Ravdess, Path = folder.Path });
        Assert.Equal([20, 2, 2], Parts.Select(split => found.Clips.Count(clip => clip.Split == split)));
        Assert.Equal(8, found.Classes.Count);
        Assert.Equal([new DataLicence("ravdess", "CC BY-NC-SA 4.0", true)], DataLicences.Of(new CorpusData { Corpus = Corpus.Ravdess, Path = "r" }));
    }

    [Fact]
    public async Task Of_two_speakers_one_trains_and_one_tests_and_clips_may_be_split_instead()
    {
        using var folder = new TemporaryFolder();
        foreach (string speaker in (string[])["OAF", "YAF"])
        {
            for (char word = 'a'; word < 'a' + 25; word++)
            {
                Write(folder[$"{speaker}_{word}_angry.wav"]);
            }
        }

        CorpusData data = new() { Corpus = Corpus.Tess, Path = folder.Path };
        FoundData bySpeaker = await Scan(data);
        Assert.Equal([25, 0, 25], Counts(bySpeaker));
        ILookup<string, Split> splits = bySpeaker.Clips.ToLookup(static clip => clip.Speaker, static clip => clip.Split);
        Assert.All(splits, static speaker => Assert.Single(speaker.Distinct()));
        FoundData byClip = await Scan(data with { Split = SpeakerSplit.Clips }), all = await Scan(data with { Split = SpeakerSplit.Test });
        Assert.Equal([40, 5, 5], Counts(byClip));
        Assert.Equal([0, 0, 50], Counts(all));
    }

    [Fact]
    public async Task A_corpus_unpacked_twice_and_a_folder_without_one_are_refused()
    {
        using var folder = new TemporaryFolder();
        BadInputException nothing = await Assert.ThrowsAsync<BadInputException>(() => Scan(new() { Corpus = Corpus.Fsdd, Path = folder.Path }));
        Assert.Contains("found no recordings of Free Spoken Digit Dataset", nothing.Message, StringComparison.Ordinal);
        Write(folder["a/7_jackson_32.wav"]);
        Write(folder["b/7_jackson_32.wav"]);
        BadInputException twice = await Assert.ThrowsAsync<BadInputException>(() => Scan(new() { Corpus = Corpus.Fsdd, Path = folder.Path }));
        Assert.Contains("jackson/7_jackson_32.wav", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Background_recordings_beside_a_corpus_are_no_clips_of_it()
    {
        using var folder = new TemporaryFolder();
        Write(folder["DC/sa15.wav"]);
        Write(folder["_background_noise_/rain.wav"]);
        FoundData found = await Scan(new() { Corpus = Corpus.Savee, Path = folder.Path });
        Assert.Equal(["DC/sa15.wav", "_background_noise_/rain.wav"], found.Clips.Select(static clip => clip.Id));
        Assert.Equal([Split.Train, Split.Noise], found.Clips.Select(static clip => clip.Split));
    }

    private static int[] Counts(FoundData found) => [.. Parts.Select(split => found.Clips.Count(clip => clip.Split == split))];

    private static Task<FoundData> Scan(CorpusData data) => DataScanner.ScanAsync(data, Path.GetTempPath(), null, CancellationToken.None);

    private static void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, WavWriter.ToBytes(new float[160], 16_000));
    }
}
