using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>What a loader reads, and how.</summary>
public sealed record LoaderOptions
{
    /// <summary>The split to read.</summary>
    public required Split Split { get; init; }

    /// <summary>The front end of audio rows; for feature rows it must be the set's own.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>Augmentation drawn while reading: all of it on the training split, noise on silence on the validation split, none on the test split.</summary>
    public AugmentSpec? Augment { get; init; }

    /// <summary>Decides order and augmentation.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rows of a batch, 1 to 65,536; the last batch of an epoch has the rest.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Whether each epoch has an order of its own.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Background threads, 1 to 64; changes no bit of the stream.</summary>
    public int Readers { get; init; } = 1;
}

/// <summary>Reads batches of a feature set ahead of their use. Order and content are a pure function of (seed, epoch, position).</summary>
public sealed class BatchLoader(FeatureSet set, LoaderOptions options)
{
    /// <summary>Bands of the features.</summary>
    public int Bands => throw new NotSupportedException("Not built yet.");

    /// <summary>Frames of the features.</summary>
    public int Frames => throw new NotSupportedException("Not built yet.");

    /// <summary>Rows in an epoch.</summary>
    public int RowCount => set.CountOf(options.Split);

    /// <summary>Batches in an epoch.</summary>
    public int BatchCount => (RowCount + options.BatchSize - 1) / options.BatchSize;

    /// <summary>The batches of an epoch (from 0; also the copy index of the augmentation), in order. Each holds until the next is asked for.</summary>
    public IEnumerable<FeatureBatch> ReadEpoch(int epoch, CancellationToken cancellationToken) => throw new NotSupportedException("Not built yet.");
}
