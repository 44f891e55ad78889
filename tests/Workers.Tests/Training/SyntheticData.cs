using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

/// <summary>Classes that differ by where in the bands their energy lies, in noise; drawn anew each epoch, in a shuffled order, for training.</summary>
internal sealed class SyntheticData(int rows, int batchSize, ulong seed) : ITrialData
{
    private static readonly Split[] Kept = [Split.Train, Split.Validation, Split.Test];

    public int Bands => 40;

    public int Frames { get; init; } = 11;

    public IReadOnlyList<string> Classes { get; } = ["_silence_", "_unknown_", "left", "right"];

    /// <summary>Called before each batch is handed out.</summary>
    public Action<Split, int, int>? BeforeBatch { get; init; }

    /// <summary>Multiplies the features; not a number to make the loss one.</summary>
    public float Gain { get; init; } = 1;

    /// <summary>A class that no row of a split has; its rows are the next class'.</summary>
    public (Split Split, int Class)? Missing { get; init; }

    public IReadOnlyList<int> CountsOf(Split split)
    {
        int[] counts = new int[Classes.Count];
        foreach (int row in Enumerable.Range(0, Rows(split)))
        {
            counts[LabelOf(split, row)]++;
        }

        return counts;
    }

    /// <summary>Whether the training rows are the same in each epoch.</summary>
    public bool IsFixed { get; init; }

    public LastingRows? Lasting => IsFixed ? new LastingRows($"synthetic {seed}", Kept.Sum(Rows), _ => Kept.SelectMany(split => Batches(split, 0, [.. Enumerable.Range(0, Rows(split))]))) : null;

    public IReadOnlyList<int> OrderOf(Split split, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, Rows(split))];
        if (split == Split.Train)
        {
            StableRandom.For(seed, "order", epoch).Shuffle<int>(order);
        }

        return order;
    }

    public IReadOnlyList<int>? NumbersOf(Split split) =>
        IsFixed ? [.. Enumerable.Range(Kept.TakeWhile(s => s != split).Sum(Rows), Rows(split))] : null;

    public int Rows(Split split) => split == Split.Train ? rows : rows / 2;

    public IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken) => Batches(split, epoch, OrderOf(split, epoch));

    private IEnumerable<FeatureBatch> Batches(Split split, int epoch, IReadOnlyList<int> order)
    {
        for (int begin = 0, index = 0; begin < order.Count; begin += batchSize, index++)
        {
            BeforeBatch?.Invoke(split, epoch, index);
            int count = Math.Min(batchSize, order.Count - begin);

            // Longer than needed and filled with what must not be read, as pooled buffers are.
            var batch = new FeatureBatch(Enumerable.Repeat(float.NaN, (batchSize + 1) * Bands * Frames).ToArray(), new long[batchSize + 1]) { Count = count, Index = index };
            for (int i = 0; i < count; i++)
            {
                Fill(batch, i, order[begin + i], split, epoch);
            }

            yield return batch;
        }
    }

    private int LabelOf(Split split, int row) => Missing == (split, row % Classes.Count) ? (row + 1) % Classes.Count : row % Classes.Count;

    private void Fill(FeatureBatch batch, int place, int row, Split split, int epoch)
    {
        StableRandom random = StableRandom.For(seed, "features", (int)split, row, split == Split.Train && !IsFixed ? epoch : 0);
        int label = LabelOf(split, row);
        batch.Labels[place] = label;
        for (int band = 0; band < Bands; band++)
        {
            for (int frame = 0; frame < Frames; frame++)
            {
                double signal = band * Classes.Count / Bands == label ? 3 : 0;
                batch.Features[(((place * Bands) + band) * Frames) + frame] = Gain * (float)(signal + random.NextGaussian());
            }
        }
    }
}
