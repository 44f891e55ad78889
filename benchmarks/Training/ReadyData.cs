using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers.Training;

namespace Pipeline.Bench.Training;

/// <summary>Epochs of one batch that is already there, so that nothing but steps is measured.</summary>
internal sealed class ReadyData : ITrialData
{
    private readonly FeatureBatch _batch;

    public ReadyData(StepCase step)
    {
        (Bands, Frames, Classes) = (step.Bands, step.Frames, [.. Enumerable.Range(0, step.Classes).Select(static c => $"{c}")]);
        StableRandom random = StableRandom.For(1, "features");
        float[] features = [.. Enumerable.Range(0, step.Train.BatchSize * Bands * Frames).Select(_ => (float)random.NextGaussian())];
        _batch = new(features, [.. Enumerable.Range(0, step.Train.BatchSize).Select(i => (long)(i % step.Classes))]) { Count = step.Train.BatchSize };
    }

    public int Bands { get; }

    public int Frames { get; }

    public IReadOnlyList<string> Classes { get; }

    public int Rows(Split split) => split == Split.Train ? _batch.Count : 0;

    public IReadOnlyList<int> OrderOf(Split split, int epoch) => [.. Enumerable.Range(0, Rows(split))];

    public IReadOnlyList<int> CountsOf(Split split) =>
        [.. Enumerable.Range(0, Classes.Count).Select(c => split == Split.Train ? _batch.Labels.Count(l => l == c) : 0)];

    public IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken) => split == Split.Train ? [_batch] : [];
}
