using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers.Torch;

namespace Pipeline.Workers.Training;

/// <summary>The rows of a split in a device's memory, shared by the trials of a process. Read by any number of threads.</summary>
/// <param name="Key">What rows they are, and on which device.</param>
/// <param name="Features">[rows, 1, bands, frames] on the device, in the order in which they came.</param>
/// <param name="Positions">Where the row of each place among the split's rows is.</param>
/// <param name="Labels">The class of each place's row.</param>
internal sealed record ResidentRows(string Key, Tensor Features, long[] Positions, long[] Labels)
{
    /// <summary>Trials that read them now.</summary>
    public int Readers { get; set; }
}

/// <summary>
/// The feature sets that lie in the memory of this process' device: one copy of each, whatever the number of trials. What does not fit is not taken in,
/// and its trials send their batches; what nobody reads any more makes room for others.
/// </summary>
internal sealed class ResidentSets : IDisposable
{
    /// <summary>The share of the free memory that rows may take; the rest is for what trials compute.</summary>
    private const double Share = 0.5;

    private readonly Dictionary<string, ResidentRows> _held = new(StringComparer.Ordinal);

    /// <summary>The rows of a split, read and sent where they are not there yet; null where they do not fit or differ from epoch to epoch.</summary>
    /// <param name="data">Where they are read.</param>
    /// <param name="split">The split.</param>
    /// <param name="device">The device of the calling thread.</param>
    /// <param name="cancellationToken">Gives up between batches.</param>
    public ResidentRows? Borrow(ITrialData data, Split split, ITrialDevice device, CancellationToken cancellationToken)
    {
        if (data.Rows(split) == 0 || data.OrderOf(split, 0) is not { } order)
        {
            return null;
        }

        // Under the lock also while it reads: who waits would read the same.
        lock (_held)
        {
            string key = $"{device.Device} {data.RowsKey} {split}";
            ResidentRows? rows = _held.GetValueOrDefault(key) ?? Take(key, data, split, order, device, cancellationToken);
            if (rows is not null)
            {
                rows.Readers++;
                _held[key] = rows;
            }

            return rows;
        }
    }

    /// <summary>A trial has ended with them.</summary>
    public void Return(ResidentRows rows)
    {
        lock (_held)
        {
            rows.Readers--;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_held)
        {
            Drop(static _ => true);
        }
    }

    private ResidentRows? Take(string key, ITrialData data, Split split, IReadOnlyList<int> order, ITrialDevice device, CancellationToken cancellationToken)
    {
        long bytes = (long)data.Rows(split) * data.Bands * data.Frames * sizeof(float);
        if (bytes > Share * device.FreeBytes())
        {
            Drop(static rows => rows.Readers == 0);
            if (bytes > Share * device.FreeBytes())
            {
                return null;
            }
        }

        Tensor? features = null;
        try
        {
            using DisposeScope scope = torch.NewDisposeScope();
            features = torch.empty([data.Rows(split), 1, data.Bands, data.Frames], device: device.Device).MoveToOuterDisposeScope();
            ResidentRows rows = new(key, features, new long[order.Count], new long[order.Count]);
            Fill(rows, data.Read(split, 0, cancellationToken), order, device, cancellationToken);

            // Other trials read them in other streams, which do not wait for this one.
            device.Synchronize();
            return rows;
        }
        catch (Exception e)
        {
            features?.Dispose();
            if (e is TorchMemoryException)
            {
                return null;
            }

            throw;
        }
    }

    private static void Fill(ResidentRows to, IEnumerable<FeatureBatch> batches, IReadOnlyList<int> order, ITrialDevice device, CancellationToken cancellationToken)
    {
        long[] shape = to.Features.shape;
        int next = 0;
        foreach (FeatureBatch batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            shape[0] = batch.Count;
            int elements = (int)shape.Aggregate(1L, static (product, size) => product * size);
            to.Features.narrow(0, next, batch.Count).copy_(device.Upload(batch.Features.AsSpan(0, elements), shape));
            for (int i = 0; i < batch.Count; i++, next++)
            {
                to.Positions[order[next]] = next;
                to.Labels[order[next]] = batch.Labels[i];
            }
        }
    }

    private void Drop(Func<ResidentRows, bool> which)
    {
        foreach (ResidentRows rows in _held.Values.Where(which).ToList())
        {
            rows.Features.Dispose();
            _held.Remove(rows.Key);
        }
    }
}
