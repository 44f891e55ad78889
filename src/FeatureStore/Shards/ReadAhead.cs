namespace Pipeline.FeatureStore.Shards;

/// <summary>
/// Fills batches on background threads and hands them out in order. A thread takes a free buffer before it takes the next index, so the lowest
/// index not yet handed out always has a buffer and nothing can wait for ever.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _free;
    private readonly Dictionary<int, TaskCompletionSource<FeatureBatch>> _ready = [];
    private readonly CancellationTokenSource _stop;
    private readonly Thread[] _threads;
    private readonly int _count;
    private readonly Func<FeatureBatch> _rent;
    private readonly Action<FeatureBatch> _giveBack;
    private readonly Action<FeatureBatch, int> _fill;
    private readonly CancellationToken _cancelled;
    private int _next;

    /// <summary>Begins to fill the batches from <paramref name="first"/> on, up to <paramref name="count"/>.</summary>
    public ReadAhead(int readers, int first, int count, Func<FeatureBatch> rent, Action<FeatureBatch> giveBack, Action<FeatureBatch, int> fill, CancellationToken cancellationToken)
    {
        (_count, _rent, _giveBack, _fill, _cancelled) = (count, rent, giveBack, fill, cancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _next = first;
        _free = new SemaphoreSlim(readers + 1);
        _threads = [.. Enumerable.Range(0, Math.Min(readers, count - first)).Select(i => new Thread(Read) { IsBackground = true, Name = $"batch reader {i}" })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Waits for the batch of an index.</summary>
    public FeatureBatch Take(int index)
    {
        FeatureBatch batch = Slot(index).Task.WaitAsync(_cancelled).GetAwaiter().GetResult();
        lock (_lock)
        {
            _ready.Remove(index);
        }

        return batch;
    }

    /// <summary>Gives a batch's buffer back.</summary>
    public void Return(FeatureBatch batch)
    {
        _giveBack(batch);
        _free.Release();
    }

    /// <summary>Stops the threads and waits for them: afterwards nothing reads the set.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _stop.Dispose();
        _free.Dispose();
    }

    private void Read()
    {
        while (true)
        {
            try
            {
                _free.Wait(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            int index = Interlocked.Increment(ref _next) - 1;
            if (index >= _count)
            {
                return;
            }

            try
            {
                FeatureBatch batch = _rent();
                _fill(batch, index);
                Slot(index).SetResult(batch);
            }
#pragma warning disable CA1031 // Whatever went wrong is thrown where the batch is taken.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Slot(index).SetException(e);
                return;
            }
        }
    }

    private TaskCompletionSource<FeatureBatch> Slot(int index)
    {
        lock (_lock)
        {
            if (!_ready.TryGetValue(index, out TaskCompletionSource<FeatureBatch>? slot))
            {
                _ready[index] = slot = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return slot;
        }
    }
}
