using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The rows of a feature set by split.</summary>
public sealed class SplitRows
{
    private static readonly Comparer<SetRow> ByShard = Comparer<SetRow>.Create(static (x, y) => (x.Shard, x.Row).CompareTo((y.Shard, y.Row)));

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

    /// <summary>The numbers of a split's rows among those of some of the set's own splits, laid one after the other; every row is in one of them.</summary>
    internal int[] NumbersIn(Split split, FeatureSet set, IReadOnlyList<Split> own)
    {
        SetRow[] rows = _rows[(int)split];
        if (own.Contains(split) && set.RowsOf(split) == rows.AsSpan())
        {
            return [.. Enumerable.Range(own.TakeWhile(counted => counted != split).Sum(set.CountOf), rows.Length)];
        }

        int[] numbers = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            int before = 0;
            foreach (Split counted in own)
            {
                // A split's rows stand in the order of shards and rows.
                ReadOnlySpan<SetRow> there = set.RowsOf(counted);
                if (there.BinarySearch(rows[i], ByShard) is >= 0 and var place)
                {
                    numbers[i] = before + place;
                }

                before += there.Length;
            }
        }

        return numbers;
    }

    internal ReadOnlySpan<SetRow> Of(Split split) => _rows[(int)split];
}
