using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Zoo;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

/// <summary>However a trial ends, none of libtorch's tensors outlives it; without help of the garbage collector, which may come late.</summary>
public sealed class LiveTensorTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();

    private readonly long _before = Tensor.TotalCount;

    public void Dispose() => _blobs.Dispose();

    public static TheoryData<string> Models => [.. ModelZoo.Describe().Select(static m => m.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task After_a_trial_of_each_model(string model)
    {
        TrialSpec spec = Spec(model, OptimizerKind.Sgd, 1);
        SyntheticData data = new(8, 4, spec.Seed) { Frames = 50 };
        await new TrialRunner(_blobs.Store).RunAsync(spec with { Train = spec.Train with { BatchSize = 4, LearningRate = 1e-4 } }, data, null, new HeardTrial(), default);
        Assert.Equal(_before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, LossKind.CrossEntropy, Precision.Float32)]
    [InlineData(OptimizerKind.Adam, LossKind.Margin, Precision.Float32)]
    [InlineData(OptimizerKind.AdamW, LossKind.CrossEntropy, Precision.Bf16)]
    [InlineData(OptimizerKind.NovoGrad, LossKind.Margin, Precision.Bf16)]
    public async Task After_a_trial_of_every_recipe_and_one_that_went_on_from_its_checkpoint(OptimizerKind optimizer, LossKind loss, Precision precision)
    {
        TrialSpec spec = Spec("bc-resnet", optimizer, 2);
        spec = spec with { Train = Rich(spec.Train) with { Loss = loss, Precision = precision, Keep = KeepEpoch.Best } };
        HeardTrial heard = new();
        await RunAsync(spec, Data(spec), heard);
        Assert.Equal(_before, Tensor.TotalCount);
        await RunAsync(spec, Data(spec), new HeardTrial(), heard.Reports[0].Checkpoint);
        Assert.Equal(_before, Tensor.TotalCount);
    }

    public static TheoryData<string> Ends => ["loss", "gradients", "class", "device", "libtorch", "dotnet", "data", "checkpoint"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task After_a_trial_that_failed(string end)
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Adam, 2);
        spec = spec with { Train = Rich(spec.Train) };
        HeardTrial whole = new();
        await RunAsync(spec, Data(spec), whole);
        await _blobs.Store.PutAsync("other", new byte[64], default);
        Checkpoint? checkpoint = end == "checkpoint" ? whole.Reports[0].Checkpoint! with { Blob = "other", Sha256 = ContentHash.Of(new byte[64]).Hex } : null;
        SyntheticData data = end switch
        {
            "loss" => Data(spec, gain: float.NaN),
            "gradients" => Data(spec, gain: 1e38f),
            "class" => new SyntheticData(Rows, spec.Train.BatchSize, spec.Seed) { Missing = (Split.Train, 2) },
            "device" => Data(spec, static (_, _, batch) => _ = batch == 2 ? throw new DeviceFaultException("CUDA error: an illegal memory access was encountered") : 0),
            "libtorch" => Data(spec, static (_, _, batch) => _ = batch == 1 ? torch.empty([1L << 48]) : null),
            "dotnet" => Data(spec, static (_, _, batch) => GC.KeepAlive(batch == 1 ? new byte[int.MaxValue] : null)),
            "data" => Data(spec, static (split, _, _) => _ = split == Split.Validation ? throw new CorruptDataException("a flipped byte") : 0),
            _ => Data(spec),
        };
        await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(spec, data, new HeardTrial(), checkpoint));
        Assert.Equal(_before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(Split.Train)]
    [InlineData(Split.Validation)]
    [InlineData(Split.Test)]
    public async Task After_a_trial_that_was_cancelled(Split where)
    {
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.NovoGrad, 2);
        using CancellationTokenSource stop = new();
        SyntheticData data = Data(spec, (split, _, batch) =>
        {
            if (split == where && batch == 1)
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new TrialRunner(_blobs.Store).RunAsync(spec, data, null, new HeardTrial(), stop.Token));
        Assert.Equal(_before, Tensor.TotalCount);
    }

    private Task<TrialResult> RunAsync(TrialSpec spec, SyntheticData data, HeardTrial heard, Checkpoint? checkpoint = null) =>
        new TrialRunner(_blobs.Store).RunAsync(spec, data, checkpoint, heard, default);
}
