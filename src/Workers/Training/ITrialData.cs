using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Training;

/// <summary>Rows that are the same in each epoch, as they are before rolls and masks.</summary>
/// <param name="Key">What rows they are: equal keys, equal rows in an equal order.</param>
/// <param name="Count">How many.</param>
/// <param name="Read">Their batches, in the order of their numbers.</param>
internal sealed record LastingRows(string Key, int Count, Func<CancellationToken, IEnumerable<FeatureBatch>> Read);

/// <summary>The batches that a trial trains and is measured on.</summary>
internal interface ITrialData
{
    /// <summary>Bands of the features.</summary>
    int Bands { get; }

    /// <summary>Frames of the features.</summary>
    int Frames { get; }

    /// <summary>The class names in the order of the labels.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>Rows of a split by class.</summary>
    IReadOnlyList<int> CountsOf(Split split);

    /// <summary>Rows of a split in one epoch.</summary>
    int Rows(Split split);

    /// <summary>The rows that are the same in each epoch and may be kept beyond a trial; null: there are none.</summary>
    LastingRows? Lasting => null;

    /// <summary>The places among a split's rows of the rows of an epoch, from 0, in the order in which they come.</summary>
    IReadOnlyList<int> OrderOf(Split split, int epoch);

    /// <summary>The numbers among <see cref="Lasting"/> of a split's rows, by their places; null where the split's rows are not among them.</summary>
    IReadOnlyList<int>? NumbersOf(Split split) => null;

    /// <summary>What is done in an epoch to the lasting rows at some places of a split; null: nothing.</summary>
    FeatureChanges? ChangesOf(Split split, int epoch, ReadOnlySpan<int> places) => null;

    /// <summary>The batches of an epoch, from 0; a pure function of the data, the trial's seed and the arguments.</summary>
    IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken);
}
