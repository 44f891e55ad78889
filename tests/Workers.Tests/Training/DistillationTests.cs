using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

public sealed class DistillationTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();
    private readonly long _tensorsBefore = Tensor.TotalCount;

    public void Dispose()
    {
        Assert.Equal(_tensorsBefore, Tensor.TotalCount);
        _blobs.Dispose();
    }

    [Fact]
    public async Task A_model_learns_from_its_teacher_alone_and_a_cut_off_trial_ends_in_the_same_bits()
    {
        TeacherSpec teacher = await TeachAsync();
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.Adam, epochs: 12, number: 1);
        spec = spec with { Teacher = teacher, Train = spec.Train with { DistillWeight = 1, DistillTemperature = 2 } };
        HeardTrial heard = new();
        TrialResult result = await RunAsync(spec, heard);
        Assert.True(result.Metrics["test/accuracy"] > 0.7, $"test accuracy {result.Metrics["test/accuracy"]}");

        // Another teacher, or a part of the labels, is another result.
        TrialResult labels = await RunAsync(spec with { Train = spec.Train with { DistillWeight = 0.5 } }, new HeardTrial());
        Assert.NotEqual(result.WeightsSha256, labels.WeightsSha256);

        // Left after its tenth epoch and taken over.
        using CancellationTokenSource left = new();
        HeardTrial first = new();
        SyntheticData data = Data(spec, (split, epoch, _) =>
        {
            if (split == Split.Train && epoch == 10)
            {
                left.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new TrialRunner(_blobs.Store).RunAsync(spec, data, null, first, left.Token));
        Assert.Equal(result.WeightsSha256, (await RunAsync(spec, new HeardTrial(), first.Reports[^1].Checkpoint)).WeightsSha256);
    }

    [Fact]
    public async Task A_teacher_whose_weights_were_changed_is_refused_by_name()
    {
        TeacherSpec teacher = await TeachAsync();
        byte[] weights = (await _blobs.Store.TryGetAsync(teacher.Model.WeightsBlob, default))!;
        weights[^1] ^= 1;
        await _blobs.Store.PutAsync(teacher.Model.WeightsBlob, weights, default);
        TrialSpec spec = Spec("ds-cnn", OptimizerKind.Adam, epochs: 1, number: 1) with { Teacher = teacher };
        Assert.Contains(teacher.Model.WeightsBlob, (await Assert.ThrowsAsync<CorruptDataException>(() => RunAsync(spec, new HeardTrial()))).Message, StringComparison.Ordinal);
    }

    private async Task<TeacherSpec> TeachAsync()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, epochs: 12);
        TrialResult result = await RunAsync(spec, new HeardTrial());
        return new("kws", 3, new ModelDescription
        {
            Model = spec.Model,
            ModelParameters = new(StringComparer.Ordinal) { ["classes"] = 4 },
            Classes = Data(spec).Classes,
            FrontEnd = spec.FrontEnd,
            Frames = Data(spec).Frames,
            FeatureSet = spec.FeatureSet,
            WeightsBlob = result.WeightsBlob,
            WeightsSha256 = result.WeightsSha256,
            Run = RunId.For(spec.Trial),
            Metrics = result.Metrics,
        });
    }

    private Task<TrialResult> RunAsync(TrialSpec spec, HeardTrial heard, Checkpoint? checkpoint = null) =>
        new TrialRunner(_blobs.Store).RunAsync(spec, Data(spec), checkpoint, heard, CancellationToken.None);
}
