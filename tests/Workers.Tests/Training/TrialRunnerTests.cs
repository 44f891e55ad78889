using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Weights;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

public sealed class TrialRunnerTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd)]
    [InlineData("tc-resnet", OptimizerKind.Sgd)]
    [InlineData("matchbox-net", OptimizerKind.Sgd)]
    [InlineData("ds-cnn", OptimizerKind.Adam)]
    [InlineData("tinyml-lstm", OptimizerKind.Adam)]
    [InlineData("edge-rnn-g", OptimizerKind.Sgd)]
    public async Task A_model_learns_and_reports_every_epoch_and_the_test(string model, OptimizerKind optimizer)
    {
        var observer = new HeardTrial();
        TrialResult result = await RunAsync(Spec(model, optimizer, epochs: 12), observer);

        Assert.Equal(Enumerable.Range(1, 12), observer.Reports.Select(r => r.Epoch));
        Assert.All(observer.Reports, r => Assert.Equal(["learningRate", "train/accuracy", "train/gradientNorm", "train/loss", "val/accuracy", "val/batchAccuracy", "val/loss", "val/macroF1", "val/uar"], r.Metrics.Keys));
        Assert.True(observer.Reports[^1].Metrics["train/loss"] < 0.7 * observer.Reports[0].Metrics["train/loss"], string.Join('\n', observer.Lines));
        Assert.True(result.Metrics["test/accuracy"] > 0.7, $"test accuracy {result.Metrics["test/accuracy"]}");
        Assert.Equal(Rows / 2, result.Confusion.Sum(row => row.Sum()));
        Assert.Equal(result.Metrics["test/accuracy"], Enumerable.Range(0, 4).Sum(i => result.Confusion[i][i]) / (Rows / 2.0), 12);
        byte[] weights = (await _blobs.Store.TryGetAsync(result.WeightsBlob, default))!;
        Assert.Equal(result.WeightsSha256, ContentHash.Of(weights).Hex);
        Assert.Contains(observer.Lines, l => l.StartsWith("epoch 12/12: loss ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plb_learns_from_as_many_frames_as_it_needs()
    {
        var observer = new HeardTrial();
        TrialSpec spec = Spec("plb", OptimizerKind.Adam, epochs: 8);
        await RunAsync(spec, observer, new SyntheticData(Rows, spec.Train.BatchSize, spec.Seed) { Frames = 32 });
        Assert.True(observer.Reports[^1].Metrics["train/loss"] < 0.9 * observer.Reports[0].Metrics["train/loss"], string.Join('\n', observer.Lines));
    }

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd, KeepEpoch.Last, 1)]
    [InlineData("bc-resnet", OptimizerKind.Sgd, KeepEpoch.Best, 2)]
    [InlineData("ds-cnn", OptimizerKind.Adam, KeepEpoch.Last, 2)]
    [InlineData("ds-cnn", OptimizerKind.Adam, KeepEpoch.Best, 1)]
    [InlineData("tinyml-lstm", OptimizerKind.Adam, KeepEpoch.Last, 2)]
    [InlineData("bc-resnet", OptimizerKind.NovoGrad, KeepEpoch.Last, 1, true)]
    [InlineData("ds-cnn", OptimizerKind.AdamW, KeepEpoch.Best, 1, true)]
    public async Task A_trial_cut_off_after_any_epoch_or_within_one_ends_in_the_same_weights_bit_for_bit(
        string model, OptimizerKind optimizer, KeepEpoch keep, int threads, bool rich = false)
    {
        const int Epochs = 3;
        TrialSpec spec = Spec(model, optimizer, Epochs) with { Resources = new ResourceSpec { Threads = threads } };
        spec = spec with { Train = (rich ? Rich(spec.Train) : spec.Train) with { Keep = keep } };
        var whole = new HeardTrial();
        TrialResult expected = await RunAsync(spec, whole);
        for (int cut = 0; cut <= Epochs; cut++)
        {
            // The first owner is killed in the middle of the epoch after the cut; a second one goes on from what was accepted.
            using var kill = new CancellationTokenSource();
            var first = new HeardTrial();
            SyntheticData killed = Data(spec, (split, epoch, batch) =>
            {
                if ((split == Split.Train && epoch == cut && batch == 2) || split == Split.Test)
                {
                    kill.Cancel();
                }
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(spec, first, killed, cancellationToken: kill.Token));
            Assert.Equal(cut, first.Reports.Count);

            var second = new HeardTrial();
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
    public async Task A_recipe_of_many_parts_learns_and_hands_in_the_average_that_it_measured()
    {
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.AdamW, epochs: 12);
        HeardTrial observer = new();
        TrialResult result = await RunAsync(spec with { Train = Rich(spec.Train) }, observer);
        Assert.True(result.Metrics["test/accuracy"] > 0.7, $"test accuracy {result.Metrics["test/accuracy"]}");
        byte[] weights = (await _blobs.Store.TryGetAsync(result.WeightsBlob, default))!;
        NamedTensor[] last = [.. Safetensors.Read((await _blobs.Store.TryGetAsync(observer.Reports[^1].Checkpoint!.Blob, default))!, "last").Tensors];
        foreach (NamedTensor tensor in Safetensors.Read(weights, "weights").Tensors.Where(static t => t.Name.EndsWith("weight", StringComparison.Ordinal)))
        {
            Assert.Equal(last.Single(t => t.Name == "average:" + tensor.Name).Values, tensor.Values);
            Assert.NotEqual(last.Single(t => t.Name == tensor.Name).Values, tensor.Values);
        }
    }

    [Fact]
    public async Task Without_a_better_epoch_a_trial_ends_and_one_taken_over_ends_there_too()
    {
        // The rate is 0: the first epoch stays the best.
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.Sgd, epochs: 9);
        spec = spec with { Train = spec.Train with { LearningRate = 0, Keep = KeepEpoch.Best, Patience = 2 } };
        HeardTrial whole = new();
        Assert.Equal(3, (await RunAsync(spec, whole)).Epochs);
        Assert.Contains(whole.Lines, static l => l.Contains("no better validation accuracy in the 2 epochs since epoch 1", StringComparison.Ordinal));
        HeardTrial again = new();
        Assert.Equal(3, (await RunAsync(spec, again, checkpoint: whole.Reports[^1].Checkpoint)).Epochs);
        Assert.Empty(again.Reports);
    }

    [Fact]
    public async Task Trials_at_the_same_time_on_threads_of_their_own_end_as_they_do_alone()
    {
        TrialSpec[] specs = [.. Enumerable.Range(0, 3).Select(i => Spec("bc-resnet", OptimizerKind.Sgd, 2, number: i, seed: (ulong)i))];
        var alone = new List<string>();
        foreach (TrialSpec spec in specs)
        {
            alone.Add((await RunAsync(spec, new HeardTrial())).WeightsSha256);
        }

        TrialResult[] together = await Task.WhenAll(specs.Select(s => RunAsync(s, new HeardTrial())));
        Assert.Equal(alone, together.Select(r => r.WeightsSha256));
        Assert.Equal(3, alone.Distinct().Count());
    }

    [Fact]
    public async Task No_tensor_is_alive_after_a_trial_that_ends_fails_or_is_cancelled()
    {
        long before = Tensor.TotalCount;
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        await RunAsync(spec, new HeardTrial());
        Assert.Equal(before, Tensor.TotalCount);

        await Assert.ThrowsAsync<PipelineException>(() => RunAsync(spec, new HeardTrial(), Data(spec, gain: float.NaN)));
        Assert.Equal(before, Tensor.TotalCount);

        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(spec, new HeardTrial(), Data(spec, (_, _, batch) => { if (batch == 1) cancel.Cancel(); }), cancellationToken: cancel.Token));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public async Task The_best_epoch_counts_where_the_recipe_says_so()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 5);
        var observer = new HeardTrial();
        TrialResult result = await RunAsync(spec with { Train = spec.Train with { Keep = KeepEpoch.Best } }, observer);
        EpochReport best = observer.Reports.MaxBy(r => r.Metrics["val/accuracy"])!;
        Assert.Equal(best.Metrics["val/loss"], result.Metrics["val/loss"]);
        Assert.Equal(5, result.Epochs);
    }

    [Fact]
    public async Task Only_the_last_two_checkpoints_stay()
    {
        await RunAsync(Spec("bc-resnet", OptimizerKind.Sgd, 5), new HeardTrial());
        Assert.Equal(
            ["trials/test-0/0/checkpoint-00004.safetensors", "trials/test-0/0/checkpoint-00005.safetensors", "trials/test-0/0/weights.safetensors"],
            await _blobs.Store.ListAsync("trials/", default));
    }

    [Fact]
    public async Task A_changed_checkpoint_is_refused_by_name_and_not_trained_on()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        var observer = new HeardTrial();
        await RunAsync(spec, observer);
        Checkpoint checkpoint = observer.Reports[^1].Checkpoint!;
        byte[] bytes = (await _blobs.Store.TryGetAsync(checkpoint.Blob, default))!;
        bytes[^1] ^= 1;
        await _blobs.Store.PutAsync(checkpoint.Blob, bytes, default);
        var e = await Assert.ThrowsAsync<CorruptDataException>(() => RunAsync(spec, new HeardTrial(), checkpoint: checkpoint));
        Assert.Contains(checkpoint.Blob, e.Message);

        await _blobs.Store.DeleteAsync(checkpoint.Blob, default);
        Assert.Contains("is gone", (await Assert.ThrowsAsync<CorruptDataException>(() => RunAsync(spec, new HeardTrial(), checkpoint: checkpoint))).Message);
    }

    [Fact]
    public async Task A_checkpoint_of_another_model_is_refused()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 1);
        byte[] other = Safetensors.Write([], new Dictionary<string, string>());
        await _blobs.Store.PutAsync("trials/other", other, default);
        var e = await Assert.ThrowsAsync<CorruptDataException>(
            () => RunAsync(spec, new HeardTrial(), checkpoint: new Checkpoint(1, "trials/other", ContentHash.Of(other).Hex, 0)));
        Assert.Contains("head.conv.weight", e.Message);
    }

    private Task<TrialResult> RunAsync(
        TrialSpec spec, HeardTrial observer, SyntheticData? data = null, Checkpoint? checkpoint = null, CancellationToken cancellationToken = default) =>
        new TrialRunner(_blobs.Store).RunAsync(spec, data ?? Data(spec), checkpoint, observer, cancellationToken);
}
