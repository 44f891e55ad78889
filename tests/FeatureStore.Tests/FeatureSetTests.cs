using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class FeatureSetTests
{
    [Theory]
    [InlineData(AugmentWhen.Training)]
    [InlineData(AugmentWhen.Stored)]
    public async Task Shard_bytes_are_the_same_however_the_work_is_spread(AugmentWhen when)
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), TinyData.Noisy with { When = when, Copies = 2 });
        plan = plan with { RowsPerShard = 50 };
        var one = new DirectoryBlobStore(folder["one"]);
        var many = new DirectoryBlobStore(folder["many"]);
        var inOrder = new List<ShardResult>();
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            inOrder.Add(await ShardBuilder.BuildAsync(one, plan, shard, CancellationToken.None));
        }

        ShardResult[] parallel = await Task.WhenAll(Enumerable.Range(0, plan.ShardCount).Reverse().Select(shard => ShardBuilder.BuildAsync(many, plan, shard, CancellationToken.None)));
        Assert.Equal(inOrder, parallel.Reverse());
        Assert.Equal(FeatureSetManifest.Create(plan, inOrder).ToBytes(), FeatureSetManifest.Create(plan, parallel).ToBytes());
        Assert.True(plan.ShardCount > 4);
    }

    [Theory]
    [InlineData(AugmentWhen.Training)]
    [InlineData(AugmentWhen.Stored)]
    public async Task The_stream_is_the_same_for_any_number_of_readers(AugmentWhen when)
    {
        using var folder = new TemporaryFolder();
        AugmentSpec augment = TinyData.Noisy with { When = when, Copies = 2 };
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), augment);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan with { RowsPerShard = 64 });
        foreach (Split split in (Split[])[Split.Train, Split.Validation, Split.Test])
        {
            string[][] streams = [.. ((int[])[1, 2, 3, 8]).Select(readers => Stream(set, split, when == AugmentWhen.Training ? augment : null, readers, seed: 5))];
            Assert.All(streams, stream => Assert.Equal(streams[0], stream));
        }

        AugmentSpec? drawn = when == AugmentWhen.Training ? augment : null;
        string[] other = Stream(set, Split.Train, drawn, 2, seed: 6);
        Assert.NotEqual(Stream(set, Split.Train, drawn, 2, seed: 5), other);
        Assert.Equal(other.Length, other.Distinct().Count());
    }

    [Fact]
    public async Task An_epoch_has_every_row_once_and_features_are_those_of_the_front_end()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), TinyData.Noisy);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        var loader = new BatchLoader(set, new() { Split = Split.Test, FrontEnd = "log-mel-40-torchaudio", BatchSize = 7, Augment = TinyData.Noisy });
        PlannedClip[] clips = [.. plan.Clips.Where(static clip => clip.Split == Split.Test)];
        int at = 0;
        foreach (FeatureBatch batch in loader.ReadEpoch(0, CancellationToken.None))
        {
            for (int i = 0; i < batch.Count; i++, at++)
            {
                float[] samples = clips[at].File is { } file ? Audio.AudioReader.Read(file).FitTo(16_000) : new float[16_000];
                var expected = new float[40 * 101];
                FrontEnds.FrontEnds.Get("log-mel-40-torchaudio").Compute(samples, expected);
                Assert.Equal(clips[at].Label, batch.Labels[i]);
                Assert.True(batch.Features.AsSpan(i * 4040, 4040).SequenceEqual(expected), clips[at].Id);
            }
        }

        Assert.Equal(clips.Length, at);
        Assert.Equal((clips.Length + 6) / 7, loader.BatchCount);
    }

    [Fact]
    public async Task Rows_made_again_are_the_same_and_a_row_that_is_not_is_named()
    {
        using var folder = new TemporaryFolder();
        AugmentSpec augment = new() { When = AugmentWhen.Stored, Copies = 3, Probability = 1, Steps = [new PitchShiftStep(-2, 2, 1), new MixStep(0, 10, 1), new NoiseStep(0.1, 1)] };
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), augment);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        RowRecheck.Compare(set, plan, 200, seed: 1, CancellationToken.None);
        FeatureSetPlan other = plan with { StoredAugment = augment with { Steps = [new PitchShiftStep(-2, 1, 1)] } };
        CorruptDataException refused = Assert.Throws<CorruptDataException>(() => RowRecheck.Compare(set, other, 200, seed: 1, CancellationToken.None));
        Assert.Contains("copy", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_copies_begin_with_the_clip_itself_and_differ_from_each_other()
    {
        using var folder = new TemporaryFolder();
        AugmentSpec augment = TinyData.Noisy with { When = AugmentWhen.Stored, Copies = 3, Probability = 1 };
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        FeatureSetPlan plan = await TinyData.Plan(data, augment), plain = await TinyData.Plan(data, null);
        using FeatureSet copies = await Sets.BuildAsync(new DirectoryBlobStore(folder["a"]), plan);
        using FeatureSet clips = await Sets.BuildAsync(new DirectoryBlobStore(folder["b"]), plain);
        Assert.Equal(3 * clips.CountOf(Split.Train), copies.CountOf(Split.Train));
        Assert.Equal(0, copies.CountOf(Split.Noise));
        foreach (SetRow row in clips.RowsOf(Split.Train))
        {
            // Words are half a second to a second long, silence is all padding.
            Assert.InRange(clips.LengthOf(row), row.Label == 0 ? 0 : 51, row.Label == 0 ? 0 : 101);
        }

        for (int i = 0; i < clips.CountOf(Split.Train); i++)
        {
            string[] hashes = [.. Enumerable.Range(0, 3).Select(copy => ContentHash.Of(copies.Tensor(copies.RowsOf(Split.Train)[(3 * i) + copy])).Hex)];
            Assert.Equal(ContentHash.Of(clips.Tensor(clips.RowsOf(Split.Train)[i])).Hex, hashes[0]);
            Assert.Equal(3, hashes.Distinct().Count());
        }
    }

    [Fact]
    public async Task A_flipped_byte_anywhere_in_a_shard_is_never_trained_on()
    {
        using var folder = new TemporaryFolder();
        var blobs = new DirectoryBlobStore(folder["blobs"]);
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), null);
        (await Sets.BuildAsync(blobs, plan)).Dispose();
        string path = (await blobs.TryGetFileAsync(ShardBuilder.BlobKey(plan.Id, 0), CancellationToken.None))!;
        byte[] sound = File.ReadAllBytes(path);
        int named = 0, tried = 0;
        int[] offsets = [.. Enumerable.Range(0, sound.Length / 5917).Select(static i => i * 5917), .. Enumerable.Range(1, 300).Select(i => sound.Length - (41 * i)), .. Enumerable.Range(0, 64)];
        foreach (int offset in offsets)
        {
            byte[] damaged = [.. sound];
            damaged[offset] ^= 4;
            File.WriteAllBytes(path, damaged);
            CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => ReadAllAsync(blobs, plan));
            Assert.Contains("shard-00000.parquet", e.Message, StringComparison.Ordinal);
            named += e.Message.Contains("row group", StringComparison.Ordinal) && e.Message.Contains("page ", StringComparison.Ordinal) && e.Message.Contains("clip '", StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(e.Message, (await Assert.ThrowsAsync<CorruptDataException>(() => VerifyAsync(blobs, plan))).Message);
            tried++;
        }

        Assert.True(named > (tried - 300) * 9 / 10, $"{named} of {tried} name the clip");
        File.WriteAllBytes(path, sound);
        await ReadAllAsync(blobs, plan);
        await VerifyAsync(blobs, plan);
    }

    [Fact]
    public async Task A_recording_changed_after_planning_is_refused()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), TinyData.Noisy);
        string file = plan.Clips.First(static clip => clip.File is not null).File!;
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^2] ^= 1;
        File.WriteAllBytes(file, bytes);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_epoch_may_be_left_early_or_cancelled()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), TinyData.Noisy);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = "log-mel-40-torchaudio", BatchSize = 4, Augment = TinyData.Noisy, Readers = 3 });
        Assert.Equal(0, loader.ReadEpoch(0, CancellationToken.None).First().Index);
        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (FeatureBatch batch in loader.ReadEpoch(0, cancelled.Token))
            {
                cancelled.Cancel();
            }
        });
    }

    [Fact]
    public async Task Loaders_that_do_not_fit_the_set_are_refused()
    {
        using var folder = new TemporaryFolder();
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(folder["data"]), null);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        BadInputException wrong = Assert.Throws<BadInputException>(() => new BatchLoader(set, new() { Split = Split.Train, FrontEnd = "log-mel-40-4khz" }));
        Assert.Contains("log-mel-40-torchaudio", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => new BatchLoader(set, new() { Split = Split.Train, FrontEnd = "log-mel-40-torchaudio", Augment = TinyData.Noisy }));
    }

    private static async Task VerifyAsync(DirectoryBlobStore blobs, FeatureSetPlan plan)
    {
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
        await set.VerifyAsync(CancellationToken.None);
    }

    private static async Task ReadAllAsync(DirectoryBlobStore blobs, FeatureSetPlan plan)
    {
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
        foreach (Split split in (Split[])[Split.Train, Split.Validation, Split.Test])
        {
            var loader = new BatchLoader(set, new() { Split = split, FrontEnd = "log-mel-40-torchaudio", BatchSize = 64 });
            Assert.Equal(loader.BatchCount, loader.ReadEpoch(0, CancellationToken.None).Count());
        }
    }

    private static string[] Stream(FeatureSet set, Split split, AugmentSpec? augment, int readers, ulong seed)
    {
        var loader = new BatchLoader(
            set, new() { Split = split, FrontEnd = "log-mel-40-torchaudio", Augment = augment, Seed = seed, BatchSize = 16, Shuffle = true, Readers = readers });
        return [.. Enumerable.Range(0, 3).SelectMany(epoch => loader.ReadEpoch(epoch, CancellationToken.None).Select(batch => ContentHash.Of(
            [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Features.AsSpan(0, batch.Count * 4040)), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Labels.AsSpan(0, batch.Count))]).Hex))];
    }
}
