using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The rows of a feature set by split.</summary>
public sealed class SplitRows
{
    private readonly SetRow[][] _rows;
    private readonly int _classes;

    internal SplitRows(SetRow[][] rows, int classes) => (_rows, _classes) = (rows, classes);

    /// <summary>Rows of a split.</summary>
    public int CountOf(Split split) => _rows[(int)split].Length;

    /// <summary>Rows of a split by class, in the order of the labels.</summary>
    public IReadOnlyList<int> CountsOf(Split split)
    {
        int[] counts = new int[_classes];
        foreach (SetRow row in Of(split))
        {
            counts[row.Label]++;
        }

        return counts;
    }

    internal ReadOnlySpan<SetRow> Of(Split split) => _rows[(int)split];
}
