using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Graph;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

/// <summary>A trial that cannot go on says which key to change, from which value, and leaves no tensor behind.</summary>
public sealed class TrialFailureTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();
    private readonly long _tensorsBefore = Tensor.TotalCount;

    public void Dispose()
    {
        Assert.Equal(_tensorsBefore, Tensor.TotalCount);
        _blobs.Dispose();
    }

    [Fact]
    public async Task A_loss_that_is_not_a_number_says_where_and_what_to_change()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        string message = await FailureAsync(spec, Data(spec, gain: float.NaN));
        Assert.StartsWith("The loss is NaN in epoch 1, step 1, at a learning rate of 0.01", message, StringComparison.Ordinal);
        Assert.Contains("Set train.learningRate below 0.05, train.warmupEpochs above 1, or train.clipNorm, for example 5 (it is 0: any).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_that_explode_under_a_finite_loss_are_told_from_it()
    {
        // A quotient of small numbers is of the order of 1, and so is the loss; its slope is one over the divisor, past what single precision holds.
        GraphBuilder builder = new("quotient", 40, 11);
        string small = builder.ScaleBy("small", builder.Conv("divisor", builder.Input, 4, new Size2(40, 11), bias: true), 1e-41);
        string other = builder.ScaleBy("other", builder.Conv("dividend", builder.Input, 4, new Size2(40, 11), bias: true), 1e-41);
        builder.Flatten("logits", builder.Div("ratio", other, small));
        TrialSpec spec = Spec("quotient", OptimizerKind.Sgd, 1);
        spec = spec with { Train = spec.Train with { ClipNorm = 3 } };
        TrialRun run = new(spec, builder.Build(), Data(spec), new TrialBlobs(_blobs.Store, spec.Trial), new HeardTrial(), TimeProvider.System, null, null);
        string message = Assert.ThrowsAny<PipelineException>(() => run.Run(TrialDevice.Processor, null, null, CancellationToken.None)).Message;
        Assert.StartsWith("The gradients are not finite in epoch 1, step 1, with a loss of ", message, StringComparison.Ordinal);
        Assert.Contains("train.clipNorm below 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_diverge_in_the_last_step_are_not_handed_in()
    {
        // One step: the training loss is measured before it, the validation loss after it.
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.Sgd, epochs: 1);
        spec = spec with { Train = spec.Train with { BatchSize = 1000, LearningRate = 1e30, WarmupEpochs = 0, Decay = DecayKind.None } };
        Assert.StartsWith("The val loss is NaN with the weights of epoch 1", await FailureAsync(spec, Data(spec)), StringComparison.Ordinal);
        Assert.Empty(await _blobs.Store.ListAsync("trials/", default));
    }

    [Fact]
    public async Task Memory_that_runs_out_in_libtorch_names_batch_model_and_workers()
    {
        // Asks libtorch for a petabyte in the middle of an epoch.
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        string message = await FailureAsync(spec, Data(spec, (_, _, batch) => _ = batch == 1 ? torch.empty([1L << 48]) : null));
        Assert.Contains("activations for a batch of 10 clips. Set train.batchSize below 10, take a smaller model (model.*), or run fewer trials at a time (workers.local", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_that_runs_out_in_dotnet_says_the_same()
    {
        // An array longer than any may be is refused as memory that ran out, on every machine.
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        string message = await FailureAsync(spec, Data(spec, static (_, _, batch) => GC.KeepAlive(batch == 1 ? new byte[int.MaxValue] : null)));
        Assert.StartsWith("Memory ran out. Model 'bc-resnet' keeps about ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_without_training_clips_fails_the_trial_before_it_trains()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        SyntheticData data = new(Rows, spec.Train.BatchSize, spec.Seed) { Missing = (Split.Train, 2) };
        Assert.Equal(
            "The training split has no clip of class 'left'. Expected at least one of each class: add recordings, or move some there by the data set's split in pipeline.yaml, or leave the class out.",
            await FailureAsync(spec, data));

        FoldsSpec folds = new(4, FoldBy.Speaker, FoldValidation.Next, 0);
        string message = await FailureAsync(spec with { Fold = new FoldSpec(folds, 1) }, data);
        Assert.StartsWith("The training part of fold 1 of 4 has no clip of class 'left'.", message, StringComparison.Ordinal);
        Assert.Contains("set folds.by to clip (it is speaker) or folds.count to another than 4", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fold_whose_test_lacks_a_class_is_measured_on_the_others_and_says_so()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 1) with { Fold = new FoldSpec(new FoldsSpec(4, FoldBy.Clip, FoldValidation.Next, 0), 2) };
        HeardTrial heard = new();
        TrialResult result = await RunAsync(spec, new SyntheticData(Rows, spec.Train.BatchSize, spec.Seed) { Missing = (Split.Test, 3) }, heard);
        Assert.Contains("The test part of fold 2 of 4 has no clip of class 'right': its UAR and macro F1 are those of the other classes", heard.Lines);
        Assert.Equal(0, result.Confusion[3].Sum());
        Assert.Equal(Enumerable.Range(0, 3).Average(c => (double)result.Confusion[c][c] / result.Confusion[c].Sum()), result.Metrics["test/uar"], 12);
    }

    private Task<TrialResult> RunAsync(TrialSpec spec, ITrialData data, HeardTrial heard) =>
        new TrialRunner(_blobs.Store).RunAsync(spec, data, null, heard, CancellationToken.None);

    private async Task<string> FailureAsync(TrialSpec spec, ITrialData data) =>
        (await Assert.ThrowsAnyAsync<PipelineException>(() => RunAsync(spec, data, new HeardTrial()))).Message;
}
