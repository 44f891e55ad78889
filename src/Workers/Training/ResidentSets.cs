using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Training;

/// <summary>Rows of a feature set in a device's memory, shared by the trials of a process. Read by any number of threads.</summary>
/// <param name="Key">What rows they are, and on which device.</param>
/// <param name="Features">[rows, 1, bands, frames] on the device, in the order of their numbers.</param>
/// <param name="Labels">The class of each row.</param>
internal sealed record ResidentRows(string Key, Tensor Features, long[] Labels)
{
    /// <summary>Trials that read them now.</summary>
    public int Readers { get; set; }
}

/// <summary>
/// The feature sets that lie in the memory of this process' device: one copy of each, whatever the number of trials and of folds. What does not fit is not taken in,
/// and its trials send their batches; what nobody reads any more makes room for others.
/// </summary>
internal sealed class ResidentSets : IDisposable
{
    /// <summary>The share of the free memory that rows may take; the rest is for what trials compute.</summary>
    private const double Share = 0.5;

    private readonly Dictionary<string, ResidentRows> _held = new(StringComparer.Ordinal);

    /// <summary>The lasting rows of a trial's data, read and sent where they are not there yet; null where there are none or they do not fit.</summary>
    /// <param name="data">Where they are read.</param>
    /// <param name="device">The device of the calling thread.</param>
    /// <param name="cancellationToken">Gives up between batches.</param>
    public ResidentRows? Borrow(ITrialData data, ITrialDevice device, CancellationToken cancellationToken)
    {
        if (data.Lasting is not { Count: > 0 } lasting)
        {
            return null;
        }

        // Under the lock also while it reads: who waits would read the same.
        lock (_held)
        {
            string key = $"{device.Device} {lasting.Key}";
            ResidentRows? rows = _held.GetValueOrDefault(key) ?? Take(key, lasting, [lasting.Count, 1, data.Bands, data.Frames], device, cancellationToken);
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

    private ResidentRows? Take(string key, LastingRows lasting, long[] shape, ITrialDevice device, CancellationToken cancellationToken)
    {
        long bytes = shape.Aggregate((long)sizeof(float), static (product, size) => product * size);
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
            features = torch.empty(shape, device: device.Device).MoveToOuterDisposeScope();
            ResidentRows rows = new(key, features, new long[lasting.Count]);
            Fill(rows, lasting.Read(cancellationToken), shape, device, cancellationToken);

            // Other trials read them in other streams, which do not wait for this one.
            device.Synchronize();
            return rows;
        }
        catch (Exception e)
        {
            features?.Dispose();
            if (TorchFaults.Of(e) is TorchMemoryException)
            {
                return null;
            }

            throw;
        }
    }

    private static void Fill(ResidentRows to, IEnumerable<FeatureBatch> batches, long[] shape, ITrialDevice device, CancellationToken cancellationToken)
    {
        int next = 0;
        foreach (FeatureBatch batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            long[] sizes = [batch.Count, .. shape[1..]];
            int elements = (int)sizes.Aggregate(1L, static (product, size) => product * size);
            to.Features.narrow(0, next, batch.Count).copy_(device.Upload(batch.Features.AsSpan(0, elements), sizes));
            batch.Labels.AsSpan(0, batch.Count).CopyTo(to.Labels.AsSpan(next));
            next += batch.Count;
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
