using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Training;

/// <summary>A batch as a step takes it. Holds until the next one is asked for.</summary>
internal abstract class StepBatch
{
    /// <summary>Rows in it.</summary>
    public abstract int Count { get; }

    /// <summary>The class of each row.</summary>
    public abstract ReadOnlySpan<long> Labels { get; }

    /// <summary>The features [<see cref="Count"/>, 1, bands, frames] where the trial computes.</summary>
    /// <param name="mix">How its rows are mixed; null: they are not.</param>
    public abstract Tensor Input(Mix? mix);
}

/// <summary>The batches of a trial where it computes: taken from rows that lie there, or sent one by one.</summary>
/// <param name="data">The trial's data.</param>
/// <param name="device">Where it computes.</param>
/// <param name="resident">Rows that lie there; null: all are sent.</param>
/// <param name="batchSize">Rows of a batch.</param>
internal sealed class StepBatches(ITrialData data, ITrialDevice device, ResidentSets? resident, int batchSize) : IDisposable
{
    private readonly Dictionary<Split, IReadOnlyList<int>?> _numbers = [];
    private ResidentRows? _rows;
    private bool _borrowed;

    /// <summary>The batches of an epoch, from 0; the same whether the rows lie on the device or are sent.</summary>
    public IEnumerable<StepBatch> Read(Split split, int epoch, CancellationToken cancellationToken)
    {
        if (!_borrowed)
        {
            (_rows, _borrowed) = (resident?.Borrow(data, device, cancellationToken), true);
        }

        return _rows is { } rows && NumbersOf(split) is { } numbers
            ? data.OrderOf(split, epoch).Chunk(batchSize).Select(places => new ThereBatch(rows, [.. places.Select(p => (long)numbers[p])], data.ChangesOf(split, epoch, places), device))
            : data.Read(split, epoch, cancellationToken).Select(batch => new SentBatch(batch, data, device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_rows is not null)
        {
            resident!.Return(_rows);
            _rows = null;
        }
    }

    private IReadOnlyList<int>? NumbersOf(Split split) =>
        _numbers.TryGetValue(split, out IReadOnlyList<int>? numbers) ? numbers : _numbers[split] = data.NumbersOf(split);

    /// <summary>Rows that were read on the machine.</summary>
    private sealed class SentBatch(FeatureBatch batch, ITrialData data, ITrialDevice device) : StepBatch
    {
        public override int Count => batch.Count;

        public override ReadOnlySpan<long> Labels => batch.Labels.AsSpan(0, batch.Count);

        public override Tensor Input(Mix? mix)
        {
            int elements = data.Bands * data.Frames;
            Tensor staged = device.Stage([batch.Count, 1, data.Bands, data.Frames], ScalarType.Float32);
            Span<float> features = staged.Floats();
            batch.Features.AsSpan(0, batch.Count * elements).CopyTo(features);
            mix?.Apply(features, elements);
            return device.Send(staged);
        }
    }

    /// <summary>Rows that lie on the device already.</summary>
    private sealed class ThereBatch(ResidentRows rows, long[] numbers, FeatureChanges? changes, ITrialDevice device) : StepBatch
    {
        private readonly long[] _labels = [.. numbers.Select(n => rows.Labels[n])];

        public override int Count => numbers.Length;

        public override ReadOnlySpan<long> Labels => _labels;

        public override Tensor Input(Mix? mix)
        {
            Tensor own = Changed(rows.Features.index_select(0, device.Upload(numbers, [Count])));
            if (mix is null)
            {
                return own;
            }

            // Both shares in single precision, as on the machine.
            Tensor other = own.index_select(0, device.Upload([.. mix.Partner.Select(static p => (long)p)], [Count]));
            return own.mul(mix.Share).add(other.mul(1 - mix.Share));
        }

        /// <summary>Rolled and masked: only copies, so that no bit can differ from what is done on the machine.</summary>
        private Tensor Changed(Tensor own)
        {
            if (changes is null)
            {
                return own;
            }

            (long bands, long frames) = (own.shape[2], own.shape[3]);
            Tensor fromBands = device.Upload(changes.Bands, [Count, 1, bands, 1]).expand(Count, 1, bands, frames + 1);
            Tensor fromFrames = device.Upload(changes.Frames, [Count, 1, 1, frames]).expand(Count, 1, bands, frames);

            // A band and a frame of zeros behind the last, for those that are masked.
            return functional.pad(own, [0, 1, 0, 1]).gather(2, fromBands).gather(3, fromFrames);
        }
    }
}
