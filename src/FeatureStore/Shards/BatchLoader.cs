using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.FeatureStore.Shards;

/// <summary>What a loader reads, and how.</summary>
public sealed record LoaderOptions
{
    /// <summary>The split to read.</summary>
    public required Split Split { get; init; }

    /// <summary>The fold that is tested; null: the set's own splits.</summary>
    public FoldSpec? Fold { get; init; }

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
public sealed class BatchLoader
{
    /// <summary>The most background threads.</summary>
    public const int MaxReaders = 64;

    private const int MaxBatchSize = 65_536;

    private readonly FeatureSet _set;
    private readonly SplitRows _rows;
    private readonly LoaderOptions _options;
    private readonly IFrontEnd _frontEnd;
    private readonly RowCodec _codec;
    private readonly Augmenter? _augmenter;
    private readonly int _silenceLabel;
    private readonly ConcurrentBag<FeatureBatch> _spare = [];
    private readonly ThreadLocal<float[]> _waveform;

    /// <summary>A loader over an open set, which must outlive it.</summary>
    /// <exception cref="BadInputException">The front end or the augmentation does not fit the set.</exception>
    public BatchLoader(FeatureSet set, LoaderOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BatchSize, MaxBatchSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Readers, MaxReaders);
        _set = set;
        _rows = set.Rows(options.Fold);
        _options = options;
        _frontEnd = FrontEnds.FrontEnds.Get(options.FrontEnd);
        FeatureSetManifest manifest = set.Manifest;
        _codec = new RowCodec(manifest.RowFormat);
        Frames = _frontEnd.FramesFor(manifest.ClipSamples);
        _silenceLabel = manifest.Classes.ToList().IndexOf(TwelveClasses.Silence);
        _waveform = new(() => new float[manifest.ClipSamples]);
        CheckFit(set, options);
        if (options.Augment is { } augment)
        {
            AugmentChecks.Check(augment);
            ClipBank clips = Augmenter.HasMix(augment) ? new(_rows.CountOf(Split.Train), ReadClip) : ClipBank.Empty;
            _augmenter = new Augmenter(augment, options.Seed, Augmenter.HasNoise(augment) ? set.Noise : NoiseBank.Empty, clips, manifest.SampleRate);
        }
    }

    /// <summary>Bands of the features.</summary>
    public int Bands => _frontEnd.Bands;

    /// <summary>Frames of the features.</summary>
    public int Frames { get; }

    /// <summary>Rows in an epoch.</summary>
    public int RowCount => _rows.CountOf(_options.Split);

    /// <summary>Batches in an epoch.</summary>
    public int BatchCount => (RowCount + _options.BatchSize - 1) / _options.BatchSize;

    /// <summary>The batches of an epoch (from 0; also the copy index of the augmentation), in order. Each holds until the next is asked for.</summary>
    public IEnumerable<FeatureBatch> ReadEpoch(int epoch, CancellationToken cancellationToken) => ReadEpoch(epoch, 0, cancellationToken);

    /// <summary>
    /// The batches of an epoch from one of them on: exactly those that would have come, whoever read the ones before and with however many readers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative or has no such batch.</exception>
    public IEnumerable<FeatureBatch> ReadEpoch(int epoch, int firstBatch, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchCount);
        return ReadBatches(epoch, firstBatch, cancellationToken);
    }

    private static void CheckFit(FeatureSet set, LoaderOptions options)
    {
        FeatureSetManifest manifest = set.Manifest;
        if (manifest.Content == ShardContent.Features && manifest.FrontEnd != options.FrontEnd)
        {
            throw new BadInputException($"Feature set {manifest.Id} holds features of {manifest.FrontEnd}. Found the front end {options.FrontEnd}; expected the same.");
        }

        if (options.Augment?.When == AugmentWhen.Stored)
        {
            throw new BadInputException($"Feature set {manifest.Id}: its copies are stored. Expected no augmentation while training.");
        }

        if (manifest.Content == ShardContent.Features && Augmenter.HasWaveformSteps(options.Augment))
        {
            throw new BadInputException($"Feature set {manifest.Id} holds features, which shift and noise steps, and the others that work on sound, cannot change. Build it with those steps and when: training.");
        }

        if (Augmenter.HasNoise(options.Augment) && set.CountOf(Split.Noise) == 0)
        {
            throw new BadInputException($"Feature set {manifest.Id} was built without background recordings, which the noise step needs. Build it with that step.");
        }
    }

    private IEnumerable<FeatureBatch> ReadBatches(int epoch, int firstBatch, CancellationToken cancellationToken)
    {
        int[] order = Order(epoch);
        using var ahead = new ReadAhead(_options.Readers, firstBatch, BatchCount, Rent, _spare.Add, (batch, index) => Fill(batch, index, order, epoch, cancellationToken), cancellationToken);
        for (int index = firstBatch; index < BatchCount; index++)
        {
            FeatureBatch batch = ahead.Take(index);
            yield return batch;
            ahead.Return(batch);
        }
    }

    /// <summary>The places among the split's rows of an epoch's rows, in the order in which they come.</summary>
    /// <param name="epoch">From 0.</param>
    public int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, RowCount)];
        if (_options.Shuffle)
        {
            StableRandom.For(_options.Seed, "order", epoch).Shuffle<int>(order);
        }

        return order;
    }

    /// <summary>Whether the rows are the same in each epoch but for <see cref="ChangesOf"/>.</summary>
    public bool IsLasting => _options.Split switch
    {
        Split.Train => !Augmenter.HasWaveformSteps(_options.Augment),
        Split.Validation => !Augmenter.HasNoise(_options.Augment),
        _ => true,
    };

    /// <summary>The numbers of the rows among those of the set's own splits, one after the other, without those that are left out.</summary>
    /// <param name="own">The own splits that are counted.</param>
    public int[] NumbersIn(IReadOnlyList<Split> own) => _rows.NumbersIn(_options.Split, _set, own);

    /// <summary>What the steps that work on features do to some rows in an epoch; null where they do nothing.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="places">The rows' places among the split's rows.</param>
    public FeatureChanges? ChangesOf(int epoch, ReadOnlySpan<int> places)
    {
        if (_options.Split != Split.Train || !Augmenter.ChangesFeatures(_options.Augment))
        {
            return null;
        }

        var changes = new FeatureChanges(places.Length, Bands, Frames);
        for (int i = 0; i < places.Length; i++)
        {
            _augmenter!.ApplyToFeatures(changes.Of(i), SubjectOf(_rows.Of(_options.Split)[places[i]], epoch));
        }

        return changes;
    }

    private FeatureBatch Rent() => _spare.TryTake(out FeatureBatch? batch)
        ? batch
        : new(new float[_options.BatchSize * Bands * Frames], new long[_options.BatchSize]);

    private void Fill(FeatureBatch batch, int index, int[] order, int epoch, CancellationToken cancellationToken)
    {
        ReadOnlySpan<SetRow> rows = _rows.Of(_options.Split);
        int first = index * _options.BatchSize;
        batch.Index = index;
        batch.Count = Math.Min(_options.BatchSize, order.Length - first);
        FarRows? fetched = _set.FetchFar(RowsAt(order.AsMemory(first, batch.Count)), cancellationToken);
        for (int i = 0; i < batch.Count; i++)
        {
            SetRow row = rows[order[first + i]];
            batch.Labels[i] = row.Label;
            FillRow(row, fetched, epoch, batch.Features.AsSpan(i * Bands * Frames, Bands * Frames));
        }
    }

    private IEnumerable<SetRow> RowsAt(ReadOnlyMemory<int> places)
    {
        for (int i = 0; i < places.Length; i++)
        {
            yield return _rows.Of(_options.Split)[places.Span[i]];
        }
    }

    // A clip that is mixed in may lie in any shard, also in one that is not here yet.
    private void ReadClip(int index, Span<float> samples)
    {
        SetRow row = _rows.Of(Split.Train)[index];
        SampleMath.FromPcm16(MemoryMarshal.Cast<byte, short>(_set.Tensor(row, _set.FetchFar([row], CancellationToken.None))), samples);
    }

    private AugmentSubject SubjectOf(SetRow row, int epoch) => new(row.ClipKey, epoch, row.Label == _silenceLabel, _options.Split);

    private void FillRow(SetRow row, FarRows? fetched, int epoch, Span<float> features)
    {
        AugmentSubject subject = SubjectOf(row, epoch);
        ReadOnlySpan<byte> tensor = _set.Tensor(row, fetched);
        if (_set.Manifest.Content == ShardContent.Audio)
        {
            float[] waveform = _waveform.Value!;
            SampleMath.FromPcm16(MemoryMarshal.Cast<byte, short>(tensor), waveform);
            _augmenter?.ApplyToWaveform(waveform, subject);
            _frontEnd.Compute(waveform, features);
        }
        else
        {
            _codec.Decode(tensor, features);
        }

        _augmenter?.ApplyToFeatures(new FeatureValues(features, Frames), subject);
    }
}
