using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Brings the far shards of an open set to this machine, one after the other, while they are read by ranges; as many as the store has room for.</summary>
internal sealed class ShardFetch : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _fetching;

    public ShardFetch(IBlobStore blobs, FeatureSetManifest manifest, SetShard[] shards) =>
        _fetching = Array.TrueForAll(shards, static shard => shard.IsMapped) ? Task.CompletedTask : Task.Run(() => RunAsync(blobs, manifest, shards));

    /// <summary>Ends when every shard is here, or no more have room.</summary>
    public Task Completion => _fetching;

    /// <summary>Stops, and waits for that.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _fetching.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task RunAsync(IBlobStore blobs, FeatureSetManifest manifest, SetShard[] shards)
    {
        for (int i = 0; i < shards.Length; i++)
        {
            try
            {
                if (!shards[i].IsMapped && await blobs.TryGetFileAsync(manifest.Shards[i].Blob, _stop.Token) is { } path)
                {
                    shards[i].Map(path);
                }
            }
            catch (CorruptDataException e)
            {
                shards[i].Refuse(e);
            }
            catch (Exception e) when (e is PipelineException or OperationCanceledException)
            {
                // No room, or the store does not answer: ranges are read on, and say what is wrong where they are needed.
                return;
            }
        }
    }
}
