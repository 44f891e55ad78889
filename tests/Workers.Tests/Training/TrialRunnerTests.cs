using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Weights;
using Pipeline.Workers.Torch;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class TrialRunnerTests : IDisposable
{
    private const int Rows = 44;

    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd)]
    [InlineData("ds-cnn", OptimizerKind.Adam)]
    public async Task A_model_learns_and_reports_every_epoch_and_the_test(string model, OptimizerKind optimizer)
    {
        var observer = new Observer();
        TrialResult result = await RunAsync(Spec(model, optimizer, epochs: 12), observer);

        Assert.Equal(Enumerable.Range(1, 12), observer.Reports.Select(r => r.Epoch));
        Assert.All(observer.Reports, r => Assert.Equal(["learningRate", "train/accuracy", "train/loss", "val/accuracy", "val/loss"], r.Metrics.Keys));
        Assert.True(observer.Reports[^1].Metrics["train/loss"] < 0.7 * observer.Reports[0].Metrics["train/loss"], string.Join('\n', observer.Lines));
        Assert.True(result.Metrics["test/accuracy"] > 0.7, $"test accuracy {result.Metrics["test/accuracy"]}");
        Assert.Equal(Rows / 2, result.Confusion.Sum(row => row.Sum()));
        Assert.Equal(result.Metrics["test/accuracy"], Enumerable.Range(0, 4).Sum(i => result.Confusion[i][i]) / (Rows / 2.0), 12);
        byte[] weights = (await _blobs.Store.TryGetAsync(result.WeightsBlob, default))!;
        Assert.Equal(result.WeightsSha256, ContentHash.Of(weights).Hex);
        Assert.Contains(observer.Lines, l => l.StartsWith("epoch 12/12: loss ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd, KeepEpoch.Last, 1)]
    [InlineData("bc-resnet", OptimizerKind.Sgd, KeepEpoch.Best, 2)]
    [InlineData("ds-cnn", OptimizerKind.Adam, KeepEpoch.Last, 2)]
    [InlineData("ds-cnn", OptimizerKind.Adam, KeepEpoch.Best, 1)]
    public async Task A_trial_cut_off_after_any_epoch_or_within_one_ends_in_the_same_weights_bit_for_bit(string model, OptimizerKind optimizer, KeepEpoch keep, int threads)
    {
        const int Epochs = 3;
        TrialSpec spec = Spec(model, optimizer, Epochs) with { Resources = new ResourceSpec { Threads = threads } };
        spec = spec with { Train = spec.Train with { Keep = keep } };
        var whole = new Observer();
        TrialResult expected = await RunAsync(spec, whole);
        for (int cut = 0; cut <= Epochs; cut++)
        {
            // The first owner is killed in the middle of the epoch after the cut; a second one goes on from what was accepted.
            using var kill = new CancellationTokenSource();
            var first = new Observer();
            SyntheticData killed = Data(spec, (split, epoch, batch) =>
            {
                if ((split == Split.Train && epoch == cut && batch == 2) || split == Split.Test)
                {
                    kill.Cancel();
                }
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(spec, first, killed, cancellationToken: kill.Token));
            Assert.Equal(cut, first.Reports.Count);

            var second = new Observer();
            TrialResult resumed = await RunAsync(spec, second, checkpoint: first.Reports.LastOrDefault()?.Checkpoint);
            Assert.Equal(Epochs - cut, second.Reports.Count);
            Assert.Equal(expected.WeightsSha256, resumed.WeightsSha256);
            Assert.Equal(expected.Metrics, resumed.Metrics);
            Assert.Equal(expected.Confusion, resumed.Confusion);
            Assert.Equal(expected.Epochs, resumed.Epochs);
            Assert.Equal(
                whole.Reports.Select(r => (r.Epoch, r.Checkpoint!.Sha256)),
                first.Reports.Concat(second.Reports).Select(r => (r.Epoch, r.Checkpoint!.Sha256)));
        }
    }

    [Fact]
    public async Task Trials_at_the_same_time_on_threads_of_their_own_end_as_they_do_alone()
    {
        TrialSpec[] specs = [.. Enumerable.Range(0, 3).Select(i => Spec("bc-resnet", OptimizerKind.Sgd, 2, number: i, seed: (ulong)i))];
        var alone = new List<string>();
        foreach (TrialSpec spec in specs)
        {
            alone.Add((await RunAsync(spec, new Observer())).WeightsSha256);
        }

        TrialResult[] together = await Task.WhenAll(specs.Select(s => RunAsync(s, new Observer())));
        Assert.Equal(alone, together.Select(r => r.WeightsSha256));
        Assert.Equal(3, alone.Distinct().Count());
    }

    [Fact]
    public async Task No_tensor_is_alive_after_a_trial_that_ends_fails_or_is_cancelled()
    {
        long before = Tensor.TotalCount;
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        await RunAsync(spec, new Observer());
        Assert.Equal(before, Tensor.TotalCount);

        await Assert.ThrowsAsync<PipelineException>(() => RunAsync(spec, new Observer(), Data(spec, gain: float.NaN)));
        Assert.Equal(before, Tensor.TotalCount);

        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(spec, new Observer(), Data(spec, (_, _, batch) => { if (batch == 1) cancel.Cancel(); }), cancellationToken: cancel.Token));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public async Task A_loss_that_is_not_a_number_fails_the_trial_and_says_where_and_what_to_do()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        var e = await Assert.ThrowsAsync<PipelineException>(() => RunAsync(spec, new Observer(), Data(spec, gain: float.NaN)));
        Assert.StartsWith("The loss is NaN in epoch 1, step 1, at a learning rate of", e.Message);
        Assert.Contains("smaller train.learningRate", e.Message);
    }

    [Fact]
    public async Task A_validation_loss_that_is_not_a_number_is_reported_and_stands_in_the_checkpoint()
    {
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.Sgd, epochs: 1);

        // One step: the training loss is measured before it, the validation loss after it.
        spec = spec with { Train = spec.Train with { BatchSize = 1000, LearningRate = 1e30, WarmupEpochs = 0, Decay = DecayKind.None } };
        var observer = new Observer();
        TrialResult result = await RunAsync(spec, observer);
        Assert.False(double.IsFinite(result.Metrics["val/loss"]), $"The validation loss is {result.Metrics["val/loss"]}.");
        Assert.False(double.IsFinite(observer.Reports.Single().Metrics["val/loss"]));
    }

    [Fact]
    public async Task The_best_epoch_counts_where_the_recipe_says_so()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 5);
        var observer = new Observer();
        TrialResult result = await RunAsync(spec with { Train = spec.Train with { Keep = KeepEpoch.Best } }, observer);
        EpochReport best = observer.Reports.MaxBy(r => r.Metrics["val/accuracy"])!;
        Assert.Equal(best.Metrics["val/loss"], result.Metrics["val/loss"]);
        Assert.Equal(5, result.Epochs);
    }

    [Fact]
    public async Task Only_the_last_two_checkpoints_stay()
    {
        await RunAsync(Spec("bc-resnet", OptimizerKind.Sgd, 5), new Observer());
        Assert.Equal(
            ["trials/test-0/0/checkpoint-00004.safetensors", "trials/test-0/0/checkpoint-00005.safetensors", "trials/test-0/0/weights.safetensors"],
            await _blobs.Store.ListAsync("trials/", default));
    }

    [Fact]
    public async Task A_changed_checkpoint_is_refused_by_name_and_not_trained_on()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        var observer = new Observer();
        await RunAsync(spec, observer);
        Checkpoint checkpoint = observer.Reports[^1].Checkpoint!;
        byte[] bytes = (await _blobs.Store.TryGetAsync(checkpoint.Blob, default))!;
        bytes[^1] ^= 1;
        await _blobs.Store.PutAsync(checkpoint.Blob, bytes, default);
        var e = await Assert.ThrowsAsync<CorruptDataException>(() => RunAsync(spec, new Observer(), checkpoint: checkpoint));
        Assert.Contains(checkpoint.Blob, e.Message);

        await _blobs.Store.DeleteAsync(checkpoint.Blob, default);
        Assert.Contains("is gone", (await Assert.ThrowsAsync<CorruptDataException>(() => RunAsync(spec, new Observer(), checkpoint: checkpoint))).Message);
    }

    [Fact]
    public async Task A_checkpoint_of_another_model_is_refused()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 1);
        byte[] other = Safetensors.Write([], new Dictionary<string, string>());
        await _blobs.Store.PutAsync("trials/other", other, default);
        var e = await Assert.ThrowsAsync<CorruptDataException>(
            () => RunAsync(spec, new Observer(), checkpoint: new Checkpoint(1, "trials/other", ContentHash.Of(other).Hex, 0)));
        Assert.Contains("head.conv.weight", e.Message);
    }

    private static TrialSpec Spec(string model, OptimizerKind optimizer, int epochs, int number = 0, ulong seed = 5) => new()
    {
        Trial = new TrialId(new SweepId("test-0"), number),
        Model = model,
        ModelParameters = [],
        FeatureSet = new FeatureSetId("0123456789abcdef"),
        FrontEnd = "log-mel-40-torchaudio",
        Train = new TrainSpec
        {
            Epochs = epochs, BatchSize = 10, Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.Adam ? 0.01 : 0.05, WarmupEpochs = 1,
        },
        Resources = new ResourceSpec(),
        Seed = seed,
    };

    private static SyntheticData Data(TrialSpec spec, Action<Split, int, int>? beforeBatch = null, float gain = 1) =>
        new(Rows, spec.Train.BatchSize, spec.Seed) { BeforeBatch = beforeBatch, Gain = gain };

    private Task<TrialResult> RunAsync(
        TrialSpec spec, Observer observer, SyntheticData? data = null, Checkpoint? checkpoint = null, CancellationToken cancellationToken = default) =>
        new TrialRunner(_blobs.Store).RunAsync(spec, data ?? Data(spec), checkpoint, observer, cancellationToken);

    private sealed class Observer : ITrialObserver
    {
        public List<EpochReport> Reports { get; } = [];

        public List<string> Lines { get; } = [];

        public void EpochEnded(EpochReport report) => Reports.Add(report);

        public void Log(string line) => Lines.Add(line);
    }
}
