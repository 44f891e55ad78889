using System.Collections.Concurrent;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The pages of a batch's rows whose shards are far, fetched in few ranges, many at a time.</summary>
internal sealed class FarRows
{
    /// <summary>Rows so near to each other are fetched together: a request costs as much as this many bytes.</summary>
    private const int MaxGapBytes = 64 << 10;

    private const int MaxRangeBytes = 4 << 20;
    private const int Requests = 16;

    private readonly ConcurrentDictionary<(int Shard, int Row), ReadOnlyMemory<byte>> _pages = [];

    /// <summary>Fetches the rows that are in no mapped shard; null where all are.</summary>
    public static FarRows? Fetch(SetShard[] shards, IEnumerable<SetRow> rows, CancellationToken cancellationToken)
    {
        SetRow[] far = [.. rows.Where(row => !shards[row.Shard].IsMapped).OrderBy(static row => row.Shard).ThenBy(static row => row.Row)];
        if (far.Length == 0)
        {
            return null;
        }

        var fetched = new FarRows();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Requests, CancellationToken = cancellationToken };
        Parallel.ForEachAsync(Ranges(shards, far), options, async (range, token) => await fetched.AddAsync(shards, range, token)).GetAwaiter().GetResult();
        return fetched;
    }

    /// <summary>The page of a row, or nothing where it was not fetched.</summary>
    public ReadOnlyMemory<byte> PageOf(SetRow row) => _pages.GetValueOrDefault((row.Shard, row.Row));

    private static List<ArraySegment<SetRow>> Ranges(SetShard[] shards, SetRow[] rows)
    {
        List<ArraySegment<SetRow>> ranges = [];
        for (int first = 0, i = 1; i <= rows.Length; i++)
        {
            if (i == rows.Length || rows[i].Shard != rows[first].Shard
                || OffsetOf(shards, rows[i]) - OffsetOf(shards, rows[i - 1]) > MaxGapBytes + shards[rows[i].Shard].Index.Pages.PageBytes
                || OffsetOf(shards, rows[i]) - OffsetOf(shards, rows[first]) > MaxRangeBytes)
            {
                ranges.Add(new(rows, first, i - first));
                first = i;
            }
        }

        return ranges;
    }

    private static long OffsetOf(SetShard[] shards, SetRow row) => shards[row.Shard].Index.OffsetOf(row.Row);

    private async ValueTask AddAsync(SetShard[] shards, ArraySegment<SetRow> rows, CancellationToken cancellationToken)
    {
        SetShard shard = shards[rows[0].Shard];
        int pageBytes = shard.Index.Pages.PageBytes;
        long start = OffsetOf(shards, rows[0]);
        byte[] bytes = await shard.ReadAsync(start, (int)(OffsetOf(shards, rows[^1]) - start) + pageBytes, cancellationToken);
        foreach (SetRow row in rows)
        {
            _pages[(row.Shard, row.Row)] = bytes.AsMemory((int)(OffsetOf(shards, row) - start), pageBytes);
        }
    }
}
