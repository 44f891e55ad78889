using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Tests;

public sealed class PlannerTests
{
    [Fact]
    public async Task The_id_follows_the_content_and_not_the_place()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan first = await TinyData.Plan(TinyData.Write(folder["a"]), TinyData.Noisy);
        FeatureSetPlan second = await TinyData.Plan(TinyData.Write(folder["b"]), TinyData.Noisy);
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Id, FeatureSetPlan.FromBytes(first.ToBytes()).Id);
        Assert.Equal(first.ToBytes(), FeatureSetPlan.FromBytes(first.ToBytes()).ToBytes());

        string file = Directory.EnumerateFiles(folder["b/yes"]).First();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.NotEqual(first.Id, (await TinyData.Plan(new SpeechCommandsData { Path = folder["b"], Split = SplitRule.SpeakerHash }, TinyData.Noisy)).Id);
    }

    [Fact]
    public async Task Draws_while_training_share_one_set_and_stored_ones_do_not()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder.Path);
        FeatureSetPlan drawn = await TinyData.Plan(data, TinyData.Noisy);
        FeatureSetPlan lessNoise = await TinyData.Plan(data, new() { Steps = [new NoiseStep(0.05, 1)] });
        Assert.Equal(drawn.Id, lessNoise.Id);
        Assert.Equal(drawn.Id, (await TinyData.Plan(data, TinyData.Noisy, "log-mel-40-4khz")).Id);
        FeatureSetPlan stored = await TinyData.Plan(data, TinyData.Noisy with { When = AugmentWhen.Stored, Copies = 3 });
        Assert.NotEqual(drawn.Id, stored.Id);
        Assert.Equal(ShardContent.Features, stored.Content);
        int train = stored.Clips.Count(static clip => clip.Split == Split.Train);
        Assert.Equal((3 * train) + stored.Clips.Count(static clip => clip.Split is Split.Validation or Split.Test), stored.RowCount);
    }

    [Fact]
    public async Task Unknown_and_silence_are_a_tenth_of_the_keywords_in_every_split()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder.Path), TinyData.Noisy);
        foreach (Split split in (Split[])[Split.Train, Split.Validation, Split.Test])
        {
            int keywords = plan.Clips.Count(clip => clip.Split == split && clip.Label > 1);
            Assert.Equal((keywords + 9) / 10, plan.Clips.Count(clip => clip.Split == split && clip.Label == 1));
            Assert.Equal((keywords + 9) / 10, plan.Clips.Count(clip => clip.Split == split && clip.Label == 0));
        }
    }

    [Fact]
    public async Task Wrong_data_is_refused_with_a_message_that_names_it()
    {
        await Refused(["yes", "aaaa.wav", "Expected", "torn"], static folder => File.WriteAllBytes(Path.Combine(folder, "yes", "aaaa.wav"), WavWriter.ToBytes(new float[100], 16_000)[..80]));
        await Refused(["aaaa.wav", "22050 Hz", "16000 Hz"], static folder => File.WriteAllBytes(Path.Combine(folder, "yes", "aaaa.wav"), WavWriter.ToBytes(new float[100], 22_050)));
        await Refused(["aaaa.wav", "16001 samples", "16000"], static folder => File.WriteAllBytes(Path.Combine(folder, "yes", "aaaa.wav"), WavWriter.ToBytes(new float[16_001], 16_000)));
        await Refused(["go", "0 recordings"], static folder =>
        {
            Directory.Delete(Path.Combine(folder, "go"), recursive: true);
            Directory.CreateDirectory(Path.Combine(folder, "go"));
        });
        await Refused(["stop", "missing"], static folder => Directory.Delete(Path.Combine(folder, "stop"), recursive: true));
        await Refused(["background recordings last", "1800"], static folder => File.WriteAllBytes(Path.Combine(folder, "_background_noise_", "long.wav"), WavWriter.ToBytes(new float[16_000 * 1800], 16_000)));
        await Refused(["noise step", "background"], static folder => Directory.Delete(Path.Combine(folder, "_background_noise_"), recursive: true));
        await Refused(["testing_list.txt", "validation_list.txt"], static folder => File.WriteAllText(Path.Combine(folder, "testing_list.txt"), ""), SplitRule.Official);
        await Refused(["no clips in the split 'train'"], static _ => { }, SplitRule.Test);
        await Refused(["no such folder"], static folder => Directory.Delete(folder, recursive: true));
    }

    [Fact]
    public async Task Equal_classes_come_from_a_folder_for_each()
    {
        using var folder = new TemporaryFolder();
        TinyData.Write(folder.Path);
        FeatureSetPlan plan = await TinyData.Plan(new FolderData { Path = folder.Path }, null);
        Assert.Equal(12, plan.Classes.Count);
        Assert.Equal("bed", plan.Classes[0]);
        Assert.Equal(12 * 24, plan.RowCount);
    }

    private static async Task Refused(string[] parts, Action<string> spoil, SplitRule split = SplitRule.SpeakerHash)
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]) with { Split = split };
        spoil(folder["data"]);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(data, TinyData.Noisy));
        Assert.All(parts, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }
}
