using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class RealDataTests
{
    private static readonly AugmentSpec Noisy = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };

    private static SpeechCommandsData TestArchive => new() { Path = RealData.TestArchive, Split = SplitRule.SpeakerHash, Noise = RealData.Noise };

    [RealDataFact]
    public async Task The_test_archive_splits_by_speaker_into_4005_389_and_496_clips()
    {
        FeatureSetPlan plan = await Plan(new(TestArchive, "log-mel-40-torchaudio", Noisy));
        Assert.Equal([4005, 389, 496, 6], Enum.GetValues<Split>().Select(split => plan.Clips.Count(clip => clip.Split == split)));
        Assert.Equal(["_silence_", "_unknown_", "down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"], plan.Classes);
        ILookup<string, Split> splits = plan.Clips.Where(static clip => clip.Speaker.Length > 0).ToLookup(static clip => clip.Speaker, static clip => clip.Split);
        Assert.Equal(239, splits.Count);
        Assert.All(splits, static speaker => Assert.Single(speaker.Distinct()));
    }

    [RealDataFact]
    public async Task The_test_archive_becomes_audio_shards_that_hold_every_sample()
    {
        using var folder = new TemporaryFolder();
        var blobs = new DirectoryBlobStore(folder.Path);
        FeatureSetPlan plan = await Plan(new(TestArchive, "log-mel-40-torchaudio", Noisy));
        using FeatureSet set = await Sets.BuildAsync(blobs, plan);
        Assert.Equal(plan.RowCount, set.Manifest.Rows);
        Assert.Equal(plan.Clips.Where(static clip => clip.Split == Split.Noise).Sum(static clip => clip.Rows), set.CountOf(Split.Noise));
        PlannedClip[] clips = [.. plan.Clips.Where(static clip => clip.Split == Split.Test)];
        for (int i = 0; i < clips.Length; i += 50)
        {
            byte[] wav = File.ReadAllBytes(clips[i].File!);
            Assert.True(set.Tensor(set.RowsOf(Split.Test)[i]).SequenceEqual(wav.AsSpan(wav.Length - 32_000)), clips[i].Id);
        }
    }

    [RealDataFact]
    public async Task Ready_made_rows_train_and_the_test_archive_tests()
    {
        var rows = new ImportedFeaturesData { Path = RealData.LogMelRows };
        var mix = new MixData { Train = rows, Validation = rows, Test = new SpeechCommandsData { Path = RealData.TestArchive, Split = SplitRule.Test } };
        FeatureSetPlan plan = await Plan(new(mix, "log-mel-40-4khz", new() { Probability = 1, Steps = [new RollStep(10)] }));
        Assert.Equal(ShardContent.Features, plan.Content);
        Assert.Equal([34_641, 3703 + 371 + 95, 4890, 0], Enum.GetValues<Split>().Select(split => plan.Clips.Count(clip => clip.Split == split)));
        Assert.Equal(3077, plan.Clips.Count(static clip => clip.Split == Split.Train && clip.Label == 1));
        Assert.Equal(795, plan.Clips.Count(static clip => clip.Split == Split.Train && clip.Label == 0));
    }

    [RealDataFact]
    public async Task Rows_of_the_test_words_agree_with_front_end_1F_of_their_recordings()
    {
        // The rows were made elsewhere from the same recordings, through pictures compressed as JPEG: the mapping holds if they agree about.
        FoundData rows = ImportedFeatures.Scan(new() { Path = RealData.LogMelRows }, []);
        Dictionary<string, FoundClip> recordings = SpeechCommandsScanner.Scan(new() { Path = RealData.TestArchive, Split = SplitRule.Test }, [])
            .Clips.ToDictionary(static clip => $"{clip.Word}/{Path.GetFileNameWithoutExtension(clip.Id)}");
        await Task.CompletedTask;
        using var decoder = new ClipDecoder();
        List<double> errors = [];
        foreach (FoundClip row in rows.Clips.Where(static clip => clip.Split == Split.Test && clip.Class is not ("_silence_" or "_unknown_")).Take(300))
        {
            string name = row.Id[(row.Id.IndexOf('/', StringComparison.Ordinal) + 1)..row.Id.LastIndexOf('.')];
            if (recordings.TryGetValue($"{row.Word}/{name}", out FoundClip? recording))
            {
                var computed = new float[40 * 98];
                float[] samples = decoder.Read(recording.File, null, null, 16_000, 16_000).Samples!;
                FrontEnds.FrontEnds.Get("log-mel-40-4khz").Compute(samples, computed);
                float[] stored = decoder.Read(row.File, row.Row, null, 16_000, 16_000).Features!;
                errors.Add(computed.Zip(stored, static (a, b) => Math.Abs((double)a - b)).Average());
            }
        }

        Assert.True(errors.Count > 100, $"only {errors.Count} rows have a recording");
        Assert.True(errors.Order().ElementAt(errors.Count / 2) < 0.5, $"the median of the mean error is {errors.Order().ElementAt(errors.Count / 2):g3}");
    }

    [RealDataFact]
    public async Task The_lists_of_version_1_are_followed_and_the_hash_makes_the_same_split()
    {
        FoundData found = SpeechCommandsScanner.Scan(new() { Path = RealData.Sample, Classes = 30 }, []);
        await Task.CompletedTask;
        Assert.Equal(30, found.Classes.Count);
        Assert.Equal(300, found.Clips.Count);
        Assert.All(found.Clips, static clip => Assert.Equal(SplitRules.Of(SplitRule.Official, Path.GetFileName(clip.File!)), clip.Split));
        foreach (string name in File.ReadLines(Path.Combine(RealData.Sample, "validation_list.txt")))
        {
            Assert.Equal(Split.Validation, SplitRules.Of(SplitRule.Official, Path.GetFileName(name)));
        }

        foreach (string name in File.ReadLines(Path.Combine(RealData.Sample, "testing_list.txt")))
        {
            Assert.Equal(Split.Test, SplitRules.Of(SplitRule.Official, Path.GetFileName(name)));
        }
    }

    [RealDataFact]
    public async Task The_119_groups_of_identical_recordings_of_the_test_archive_are_reported()
    {
        DataReport report = await DataInspector.InspectAsync(TestArchive, Path.GetTempPath(), null, CancellationToken.None);
        Assert.Equal(119, report.Duplicates.Count);
        Assert.Empty(report.LeakedSpeakers);
        Assert.Equal(4005, report.Clips["train"]);
        Assert.Equal(239, report.Speakers.Values.Sum());
        Assert.Equal([KeyValuePair.Create(16_000, 4896)], report.SampleRates);
        Assert.Equal([1.0, 1.0, 1.0], report.Seconds);
        Assert.Equal(6, report.NoiseRecordings);
        Assert.Equal(408, report.ClipsByClass.Values.Sum(static counts => counts[1]));
    }

    private static Task<FeatureSetPlan> Plan(FeatureSetDefinition definition) => FeatureSetPlanner.PlanAsync(definition, Path.GetTempPath(), null, null, CancellationToken.None);
}
