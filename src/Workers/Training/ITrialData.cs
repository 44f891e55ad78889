using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Training;

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

    /// <summary>What rows these are: equal keys, equal rows. For rows that are kept beyond a trial.</summary>
    string RowsKey => "";

    /// <summary>
    /// The place among the split's rows of each row of an epoch, from 0, in the order in which they come; null where the rows themselves differ from epoch to
    /// epoch.
    /// </summary>
    IReadOnlyList<int>? OrderOf(Split split, int epoch) => null;

    /// <summary>The batches of an epoch, from 0; a pure function of the data, the trial's seed and the arguments.</summary>
    IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken);
}

/// <summary>Batches of a feature set: the training split in an order of its own each epoch, the others as they stand.</summary>
internal sealed class FeatureSetData : ITrialData
{
    private readonly FeatureSet _set;
    private readonly SplitRows _rows;
    private readonly bool _augmented;
    private readonly Dictionary<Split, BatchLoader> _loaders;

    public FeatureSetData(FeatureSet set, TrialSpec spec, int? readers = null)
    {
        _set = set;
        _rows = set.Rows(spec.Fold);
        _augmented = spec.Augment is not null;
        RowsKey = string.Create(CultureInfo.InvariantCulture, $"{set.Manifest.Id} {spec.FrontEnd} {spec.Fold}");
        _loaders = new[] { Split.Train, Split.Validation, Split.Test }.ToDictionary(split => split, split => new BatchLoader(set, new LoaderOptions
        {
            Split = split,
            Fold = spec.Fold,
            FrontEnd = spec.FrontEnd,
            Augment = spec.Augment,
            Seed = spec.Seed,
            BatchSize = spec.Train.BatchSize,
            Shuffle = split == Split.Train,
            Readers = readers ?? spec.Resources.Threads,
        }));
    }

    public int Bands => _loaders[Split.Train].Bands;

    public int Frames => _loaders[Split.Train].Frames;

    public IReadOnlyList<string> Classes => _set.Classes;

    public string RowsKey { get; }

    public IReadOnlyList<int>? OrderOf(Split split, int epoch) => _augmented && split != Split.Test ? null : _loaders[split].Order(epoch);

    public IReadOnlyList<int> CountsOf(Split split) => _rows.CountsOf(split);

    public int Rows(Split split) => _rows.CountOf(split);

    public IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken) => _loaders[split].ReadEpoch(epoch, cancellationToken);
}
