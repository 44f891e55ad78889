using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers.Torch;

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
    private readonly Dictionary<Split, ResidentRows?> _resident = [];

    /// <summary>The batches of an epoch, from 0; the same whether the rows lie on the device or are sent.</summary>
    public IEnumerable<StepBatch> Read(Split split, int epoch, CancellationToken cancellationToken)
    {
        if (resident is not null && !_resident.ContainsKey(split))
        {
            _resident[split] = resident.Borrow(data, split, device, cancellationToken);
        }

        return _resident.GetValueOrDefault(split) is { } rows && data.OrderOf(split, epoch) is { } order
            ? order.Chunk(batchSize).Select(chunk => new ThereBatch(rows, chunk, device))
            : data.Read(split, epoch, cancellationToken).Select(batch => new SentBatch(batch, data, device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ResidentRows rows in _resident.Values.OfType<ResidentRows>())
        {
            resident!.Return(rows);
        }

        _resident.Clear();
    }

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
    private sealed class ThereBatch(ResidentRows rows, int[] places, ITrialDevice device) : StepBatch
    {
        private readonly long[] _labels = [.. places.Select(p => rows.Labels[p])];

        public override int Count => places.Length;

        public override ReadOnlySpan<long> Labels => _labels;

        public override Tensor Input(Mix? mix)
        {
            Tensor own = rows.Features.index_select(0, device.Upload([.. places.Select(p => rows.Positions[p])], [places.Length]));
            if (mix is null)
            {
                return own;
            }

            // Both shares in single precision, as on the machine.
            Tensor other = own.index_select(0, device.Upload([.. mix.Partner.Select(static p => (long)p)], [places.Length]));
            return own.mul(torch.tensor([mix.Share], [])).add(other.mul(torch.tensor([1 - mix.Share], [])));
        }
    }
}
