using Pipeline.Contracts;
using Pipeline.FeatureStore.Parquet;

namespace Pipeline.FeatureStore.Shards;

/// <summary>A shard of an open set: mapped where its file is here, else read by ranges until it is. Safe for any number of threads.</summary>
internal sealed class SetShard : IDisposable
{
    private readonly IByteSource? _far;
    private volatile ParquetShardReader? _mapped;
    private volatile CorruptDataException? _damage;

    public SetShard(ParquetShardReader mapped) => (_mapped, Index) = (mapped, mapped.Index);

    public SetShard(IByteSource far, ShardIndex index) => (_far, Index) = (far, index);

    /// <summary>The labels, and where the tensors lie.</summary>
    public ShardIndex Index { get; }

    /// <summary>Whether the shard is a file of this machine.</summary>
    public bool IsMapped => _mapped is not null;

    /// <summary>From now on the shard is read from this file, whose bytes were held against the blob's hash.</summary>
    public void Map(string path) => _mapped = new ParquetShardReader(path, Index);

    /// <summary>From now on whoever reads the shard hears of this.</summary>
    public void Refuse(CorruptDataException damage) => _damage = damage;

    /// <summary>A row's tensor, as it was written.</summary>
    /// <exception cref="CorruptDataException">It is not; the message names shard, row group, page and clip.</exception>
    public ReadOnlySpan<byte> Tensor(int row) => _mapped is { } mapped
        ? mapped.Tensor(row)
        : Index.TensorIn(ReadAsync(Index.OffsetOf(row), Index.Pages.PageBytes, CancellationToken.None).AsTask().GetAwaiter().GetResult(), row);

    /// <summary>Bytes of a shard that is far.</summary>
    public ValueTask<byte[]> ReadAsync(long offset, int count, CancellationToken cancellationToken) =>
        _damage is { } damage ? throw new CorruptDataException(damage.Message, damage) : _far!.ReadAsync(offset, count, cancellationToken);

    /// <summary>Holds every byte against its checksum and hash.</summary>
    /// <exception cref="CorruptDataException">One differs; the message names it.</exception>
    public async ValueTask VerifyAsync(CancellationToken cancellationToken)
    {
        for (int g = 0; g < Index.Groups.Count && _mapped is null; g++)
        {
            TensorGroup group = Index.Groups[g];
            Index.VerifyGroup(g, await ReadAsync(group.Start, (int)(group.End - group.Start), cancellationToken));
        }

        _mapped?.Verify();
    }

    /// <inheritdoc/>
    public void Dispose() => _mapped?.Dispose();
}
