using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>The tensors of a row group.</summary>
/// <param name="Start">Where in the file they begin.</param>
/// <param name="End">Where they end.</param>
/// <param name="Rows">How many there are.</param>
internal readonly record struct TensorGroup(long Start, long End, int Rows);

/// <summary>All of a shard but its tensors: the labels, where each row's page lies, the footer's metadata.</summary>
/// <param name="Name">The shard, for messages.</param>
/// <param name="Pages">The form of the tensors' pages.</param>
/// <param name="Rows">The labels.</param>
/// <param name="Groups">Where the tensors of each row group lie; all but the last have the same number of rows.</param>
/// <param name="Metadata">The footer's key-value metadata.</param>
/// <param name="Sha256">The hash of every byte that belongs to no tensor's page, 64 hex digits.</param>
internal sealed record ShardIndex(
    string Name, TensorPages Pages, ShardLabels Rows, IReadOnlyList<TensorGroup> Groups, IReadOnlyDictionary<string, string> Metadata, string Sha256)
{
    private readonly int _rowsPerGroup = Groups.Count == 0 ? 1 : Groups[0].Rows;

    /// <summary>Where in the file a row's page begins.</summary>
    public long OffsetOf(int row) => Groups[row / _rowsPerGroup].Start + ((long)(row % _rowsPerGroup) * Pages.PageBytes);

    /// <summary>The tensor in a row's page.</summary>
    /// <exception cref="CorruptDataException">The page is damaged; the message names shard, row group, page and clip.</exception>
    public ReadOnlySpan<byte> TensorIn(ReadOnlySpan<byte> page, int row)
    {
        try
        {
            return Pages.Read(page);
        }
        catch (FormatException e)
        {
            throw new CorruptDataException(
                $"{Name}: row group {row / _rowsPerGroup}, page {row % _rowsPerGroup}, clip '{Rows[row].Clip}' copy {Rows[row].Copy}: {e.Message}. "
                + "The shard is damaged; delete it and build the feature set again.",
                e);
        }
    }

    /// <summary>Holds the tensors of a row group, given with their pages, against their checksums and their hash.</summary>
    /// <exception cref="CorruptDataException">One differs; the message names it.</exception>
    public void VerifyGroup(int group, ReadOnlySpan<byte> tensors)
    {
        for (int i = 0; i < Groups[group].Rows; i++)
        {
            TensorIn(tensors.Slice(i * Pages.PageBytes, Pages.PageBytes), (group * _rowsPerGroup) + i);
        }

        string found = ShardFile.HashOf(tensors);
        string? expected = Metadata.GetValueOrDefault(ShardSchema.TensorHashes, "").Split(',').ElementAtOrDefault(group);
        if (expected != found)
        {
            throw new CorruptDataException(
                $"{Name}: row group {group}: the tensors' hash is {found}; expected {expected ?? "none"}. The shard is damaged; delete it and build the feature set again.");
        }
    }
}
