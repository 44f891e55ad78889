using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Training;

/// <summary>Batches of a feature set: the training split in an order of its own each epoch, the others as they stand.</summary>
internal sealed class FeatureSetData : ITrialData
{
    private static readonly Split[] Splits = [Split.Train, Split.Validation, Split.Test];

    private readonly FeatureSet _set;
    private readonly TrialSpec _spec;
    private readonly SplitRows _rows;
    private readonly int _readers;
    private readonly Dictionary<Split, BatchLoader> _loaders;
    private readonly Split[] _own;

    public FeatureSetData(FeatureSet set, TrialSpec spec, int? readers = null)
    {
        (_set, _spec, _readers) = (set, spec, readers ?? spec.Resources.Threads);
        _rows = set.Rows(spec.Fold);
        _loaders = Splits.ToDictionary(static split => split, split => Loader(split, spec.Fold, spec.Augment, split == Split.Train));

        // A fold's rows are of any split of the set's own.
        _own = spec.Fold is not null ? Splits : [.. Splits.Where(split => _loaders[split].IsLasting)];
        Lasting = new(
            string.Create(CultureInfo.InvariantCulture, $"{set.Manifest.Id} {spec.FrontEnd} {string.Join('+', _own)}"), _own.Sum(set.CountOf), ReadLasting);
    }

    public int Bands => _loaders[Split.Train].Bands;

    public int Frames => _loaders[Split.Train].Frames;

    public IReadOnlyList<string> Classes => _set.Classes;

    public LastingRows? Lasting { get; }

    public IReadOnlyList<int> OrderOf(Split split, int epoch) => _loaders[split].Order(epoch);

    public IReadOnlyList<int>? NumbersOf(Split split) => _loaders[split].IsLasting ? _loaders[split].NumbersIn(_own) : null;

    public FeatureChanges? ChangesOf(Split split, int epoch, ReadOnlySpan<int> places) => _loaders[split].ChangesOf(epoch, places);

    public IReadOnlyList<int> CountsOf(Split split) => _rows.CountsOf(split);

    public int Rows(Split split) => _rows.CountOf(split);

    public IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken) => _loaders[split].ReadEpoch(epoch, cancellationToken);

    private IEnumerable<FeatureBatch> ReadLasting(CancellationToken cancellationToken) =>
        _own.SelectMany(split => Loader(split, null, null, shuffle: false).ReadEpoch(0, cancellationToken));

    private BatchLoader Loader(Split split, FoldSpec? fold, AugmentSpec? augment, bool shuffle) => new(_set, new LoaderOptions
    {
        Split = split,
        Fold = fold,
        FrontEnd = _spec.FrontEnd,
        Augment = augment,
        Seed = _spec.Seed,
        BatchSize = _spec.Train.BatchSize,
        Shuffle = shuffle,
        Readers = _readers,
    });
}
