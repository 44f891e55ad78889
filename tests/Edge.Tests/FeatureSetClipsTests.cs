using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.CodeGen;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Tests;

/// <summary>Calibration features and verification recordings of a real feature set of few clips.</summary>
public sealed class FeatureSetClipsTests : IDisposable
{
    private const string FrontEnd = FrontEnds.LogMel40Torchaudio;

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-clips-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Calibration_has_training_features_and_verification_the_test_recordings_bit_for_bit()
    {
        (FeatureSetPlan plan, IBlobStore blobs) = await BuildAsync();
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), default);
        IReadOnlyList<float[]> features = FeatureSetClips.Calibration(set, FrontEnd, default);
        LabelledClip[] clips = [.. FeatureSetClips.Verification(plan)];

        Assert.Equal(set.CountOf(Split.Train), features.Count);
        Assert.Equal(set.CountOf(Split.Test), clips.Length);
        Assert.NotEmpty(clips);

        // Rows of features are stored as float16.
        float[][] expected = [.. plan.Clips.Where(c => c.Split == Split.Train)
            .Select(c => PcmFeatures.Of(FrontEnds.Get(FrontEnd), Pcm(c.Id)).Select(v => (float)(Half)v).ToArray())];
        Assert.All(features, f => Assert.Contains(expected, e => e.AsSpan().SequenceEqual(f)));
        Assert.All(clips, c => Assert.Equal(Pcm(c.Name), c.Samples));
        Assert.All(clips, c => Assert.Equal(plan.Classes[c.Label], c.Name.Split('/')[0]));
    }

    [Fact]
    public async Task A_recording_that_changed_after_planning_is_refused_naming_it()
    {
        (FeatureSetPlan plan, _) = await BuildAsync();
        string file = plan.Clips.First(c => c.Split == Split.Test).File!;
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        BadInputException refused = Assert.Throws<BadInputException>(() => FeatureSetClips.Verification(plan).ToList());
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_without_test_recordings_is_refused()
    {
        (FeatureSetPlan plan, _) = await BuildAsync();
        FeatureSetPlan training = plan with { Clips = [.. plan.Clips.Select(c => c with { Split = Split.Train })] };
        Assert.Throws<BadInputException>(() => FeatureSetClips.Verification(training));
    }

    private async Task<(FeatureSetPlan Plan, IBlobStore Blobs)> BuildAsync()
    {
        string data = Path.Combine(_folder, "data");
        foreach (string name in Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "cat" : "dog")}/{i * 7919 % 65536:x8}_nohash_0.wav"))
        {
            string path = Path.Combine(data, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, WavWriter.ToBytes([.. Pcm(name).Select(s => s / 32768f)], 16_000));
        }

        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(new FolderData { Path = data }, FrontEnd, Augment: null), _folder, null, null, default);
        var shards = new List<ShardResult>();
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            shards.Add(await ShardBuilder.BuildAsync(blobs, plan, shard, default));
        }

        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, shards).ToBytes(), default);
        return (plan, blobs);
    }

    private static short[] Pcm(string name)
    {
        var random = StableRandom.For(3, name);
        return [.. Enumerable.Range(0, CodeGenerator.Samples).Select(_ => (short)random.NextUInt64())];
    }
}
