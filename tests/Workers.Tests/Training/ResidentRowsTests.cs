using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Testing;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

/// <summary>Rows of a built set that lie on the device, rolled and masked there, against those that loader threads make: the same bits.</summary>
public sealed class ResidentRowsTests : IAsyncLifetime
{
    private const string FrontEnd = "log-mel-40-torchaudio";
    private const int Folds = 4;

    private static readonly Split[] Splits = [Split.Train, Split.Validation, Split.Test];
    private static readonly AugmentSpec Masks = new() { Probability = 0.5, Steps = [new RollStep(10), new MaskStep(2, 7, 2, 20), new RollStep(3)] };
    private static readonly AugmentSpec Shift = new() { Probability = 1, Steps = [new ShiftStep(100), new MaskStep(1, 5, 1, 10)] };

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-rows-").FullName;
    private readonly TemporaryBlobs _blobs = new();
    private FeatureSet _features = null!;
    private FeatureSet _audio = null!;

    public async Task InitializeAsync()
    {
        for (int i = 0; i < 90; i++)
        {
            string path = Path.Combine(_folder, ((string[])["cat", "dog", "owl"])[i % 3], $"{i * 7919 % 65536:x8}_nohash_0.wav");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            StableRandom random = StableRandom.For(3, "sound", i);
            File.WriteAllBytes(path, WavWriter.ToBytes([.. Enumerable.Range(0, 16_000).Select(_ => (float)random.NextDouble(-0.5, 0.5))], 16_000));
        }

        (_features, _audio) = (await BuildAsync(Masks), await BuildAsync(Shift));
        Assert.Equal((ShardContent.Features, ShardContent.Audio), (_features.Manifest.Content, _audio.Manifest.Content));
    }

    public Task DisposeAsync()
    {
        _features.Dispose();
        _audio.Dispose();
        _blobs.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Rolls_and_masks_of_rows_that_lie_there_give_the_bits_of_loader_threads(bool audio, bool fold)
    {
        TrialSpec spec = SpecOf(Masks, fold ? 1 : null);
        FeatureSetData data = new(audio ? _audio : _features, spec);
        using ResidentSets resident = new();
        using StepBatches there = new(data, TrialDevice.Processor, resident, spec.Train.BatchSize);
        using StepBatches sent = new(data, TrialDevice.Processor, null, spec.Train.BatchSize);
        Compare(there, sent, data);
        Assert.Equal(data.Rows(Split.Train) + data.Rows(Split.Validation) + data.Rows(Split.Test), data.Lasting!.Count);
        Assert.All(Splits, split => Assert.NotNull(data.NumbersOf(split)));

        // The masks are there, and not the same ones twice.
        float[] first = Inputs(there, Split.Train, 0), plain = Inputs(new StepBatches(new FeatureSetData(audio ? _audio : _features, spec with { Augment = null }), TrialDevice.Processor, null, spec.Train.BatchSize), Split.Train, 0);
        Assert.NotEqual(first, plain);
        Assert.True(first.Count(static v => v == 0) > plain.Count(static v => v == 0) + 1_000);
        Assert.NotEqual(first, Inputs(there, Split.Train, 1));
    }

    /// <summary>Needs a device of CUDA's, and a libtorch that has it.</summary>
    [Fact]
    [Trait("Category", "gpu")]
    public void On_a_graphics_processor_too()
    {
        TestTools.SkipIf(torch.cuda.is_available() ? null : $"no device of CUDA's, or libtorch {torch.__version__} without CUDA");
        TrialSpec spec = SpecOf(Masks, null);
        FeatureSetData data = new(_features, spec);
        using TrialDevice device = new(Devices.Find("cuda:0", "device"));
        using ResidentSets resident = new();
        using StepBatches there = new(data, device, resident, spec.Train.BatchSize);
        using StepBatches sent = new(data, TrialDevice.Processor, null, spec.Train.BatchSize);
        Compare(there, sent, data);
    }

    /// <summary>What sounds otherwise in each epoch is sent; validation and test lie there.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_whose_sound_is_changed_are_sent_and_the_others_lie_there(bool fold)
    {
        TrialSpec spec = SpecOf(Shift, fold ? 0 : null);
        FeatureSetData data = new(_audio, spec);
        using ResidentSets resident = new();
        using StepBatches there = new(data, TrialDevice.Processor, resident, spec.Train.BatchSize);
        using StepBatches sent = new(data, TrialDevice.Processor, null, spec.Train.BatchSize);
        Compare(there, sent, data);
        Assert.Equal((false, true, true), (data.NumbersOf(Split.Train) is not null, data.NumbersOf(Split.Validation) is not null, data.NumbersOf(Split.Test) is not null));
        Assert.Equal(fold ? 90 : data.Rows(Split.Validation) + data.Rows(Split.Test), data.Lasting!.Count);
    }

    [Fact]
    public async Task A_trial_with_masks_ends_in_the_same_weights_whether_its_rows_lie_there_or_are_sent()
    {
        TrialSpec spec = SpecOf(Masks, null);
        spec = spec with { Train = SmallTrials.Rich(spec.Train) };
        using ResidentSets resident = new();
        long before = Tensor.TotalCount;
        TrialResult there = await Runner(resident).RunAsync(spec, new FeatureSetData(_features, spec), null, new HeardTrial(), default);
        Assert.Equal(before + 1, Tensor.TotalCount);
        TrialResult sent = await Runner(null).RunAsync(spec, new FeatureSetData(_features, spec), null, new HeardTrial(), default);
        Assert.Equal(sent.WeightsSha256, there.WeightsSha256);
        Assert.Equal(sent.Metrics, there.Metrics);

        TrialRunner Runner(ResidentSets? rows) => new(_blobs.Store) { Resident = rows };
    }

    [Fact]
    public void The_folds_of_a_sweep_share_one_copy_of_the_sets_rows()
    {
        using ResidentSets resident = new();
        long before = Tensor.TotalCount;
        ResidentRows[] borrowed = [.. Enumerable.Range(0, Folds).Select(i => resident.Borrow(new FeatureSetData(_features, SpecOf(Masks, i)), TrialDevice.Processor, default)!)];
        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.All(borrowed, rows => Assert.Same(borrowed[0], rows));
        Assert.Equal([90, 1, 40, 101], borrowed[0].Features.shape);
        Assert.Equal(Folds, borrowed[0].Readers);

        // The set's own splits are positions too; another set is another copy.
        Assert.Same(borrowed[0], resident.Borrow(new FeatureSetData(_features, SpecOf(Masks, null)), TrialDevice.Processor, default));
        Assert.NotSame(borrowed[0], resident.Borrow(new FeatureSetData(_audio, SpecOf(Masks, null)), TrialDevice.Processor, default));
        Assert.Equal(before + 2, Tensor.TotalCount);

        // Each row is tested in one fold.
        IEnumerable<int> tested = Enumerable.Range(0, Folds).SelectMany(i => new FeatureSetData(_features, SpecOf(Masks, i)).NumbersOf(Split.Test)!);
        Assert.Equal(Enumerable.Range(0, 90), tested.Order());
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(2, 0, true)]
    [InlineData(0, 2, true)]
    public void Masks_that_are_turned_off_cost_nothing(int bandWidth, int frameWidth, bool changed)
    {
        FeatureSetData data = new(_features, SpecOf(new() { Steps = [new RollStep(0), new MaskStep(1, bandWidth, 1, frameWidth)] }, null));
        Assert.Equal(changed, data.ChangesOf(Split.Train, 0, [0, 1]) is not null);
        Assert.Null(data.ChangesOf(Split.Validation, 0, [0, 1]));
    }

    private static void Compare(StepBatches there, StepBatches sent, FeatureSetData data)
    {
        for (int epoch = 0; epoch < 2; epoch++)
        {
            foreach (Split split in Splits)
            {
                Assert.NotEqual(0, data.Rows(split));
                Assert.Equal(Inputs(sent, split, epoch).Select(BitConverter.SingleToInt32Bits), Inputs(there, split, epoch).Select(BitConverter.SingleToInt32Bits));
                Assert.Equal(Labels(sent, split, epoch), Labels(there, split, epoch));
            }
        }
    }

    private static float[] Inputs(StepBatches batches, Split split, int epoch)
    {
        List<float> all = [];
        foreach (StepBatch batch in batches.Read(split, epoch, default))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            all.AddRange(batch.Input(null).contiguous().FloatValues());
            all.AddRange(batch.Input(Mix.Draw(1, epoch, batch.Count, 0.5)).contiguous().FloatValues());
        }

        return [.. all];
    }

    private static long[] Labels(StepBatches batches, Split split, int epoch) => [.. batches.Read(split, epoch, default).SelectMany(static b => b.Labels.ToArray())];

    private static TrialSpec SpecOf(AugmentSpec augment, int? fold) => SmallTrials.Spec("bc-resnet", OptimizerKind.Sgd, epochs: 2) with
    {
        Augment = augment,
        Fold = fold is { } index ? new FoldSpec(new FoldsSpec(Folds, FoldBy.Clip, FoldValidation.Next, 7), index) : null,
    };

    private async Task<FeatureSet> BuildAsync(AugmentSpec augment)
    {
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(new FolderData { Path = _folder }, FrontEnd, augment), _folder, null, null, default);
        List<ShardResult> shards = [];
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            shards.Add(await ShardBuilder.BuildAsync(_blobs.Store, plan, shard, default));
        }

        await _blobs.Store.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, shards).ToBytes(), default);
        return await FeatureSet.OpenAsync(_blobs.Store, FeatureSetManifest.BlobKey(plan.Id), default);
    }
}
