using System.Buffers.Binary;
using System.Security.Cryptography;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Reads a shard's index: footer and labels, whose pages are held against their checksums. Takes what our writer writes and refuses all else by name.</summary>
internal static class ShardIndexReader
{
    // The footer of a shard of 64 MiB has 15 kB.
    private const int TailBytes = 64 << 10;

    /// <summary>What follows the footer: its length and the magic.</summary>
    private const int EndBytes = 8;

    private const int MaxFooterBytes = 64 << 20;

    private static readonly string[] Columns = [ShardSchema.Tensor, .. ShardSchema.Labels.Select(static column => column.Name)];

    /// <exception cref="CorruptDataException">It is not a sound shard; the message names the file, the row group and the column.</exception>
    public static async ValueTask<ShardIndex> ReadAsync(IByteSource source, CancellationToken cancellationToken)
    {
        (byte[] end, long footerStart) = await ReadEndAsync(source, cancellationToken);
        ParquetFooter footer = Parse(source.Name, end);
        var pages = new TensorPages(footer.TensorBytes);
        CheckLayout(source.Name, footer, pages, footerStart);
        byte[][] labels = await Task.WhenAll(footer.Groups.Select((group, g) =>
        {
            long to = g + 1 < footer.Groups.Count ? footer.Groups[g + 1].TensorStart : footerStart;
            return source.ReadAsync(group.TensorEnd, (int)(to - group.TensorEnd), cancellationToken).AsTask();
        }));
        var reader = new LabelReader(source.Name, (int)footer.Rows);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int g = 0; g < labels.Length; g++)
        {
            reader.Read(labels[g], footer.Groups[g]);
            hash.AppendData(labels[g]);
        }

        hash.AppendData(end);
        TensorGroup[] groups = [.. footer.Groups.Select(static group => new TensorGroup(group.TensorStart, group.TensorEnd, (int)group.Rows))];
        return new(source.Name, pages, reader.Complete(), groups, footer.Metadata, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    private static async ValueTask<(byte[] End, long FooterStart)> ReadEndAsync(IByteSource source, CancellationToken cancellationToken)
    {
        if (source.Length < 12)
        {
            throw Corrupt(source.Name, $"it has {source.Length} bytes");
        }

        byte[] magic = await source.ReadAsync(0, 4, cancellationToken);
        byte[] tail = await source.ReadAsync(source.Length - Math.Min(TailBytes, source.Length), (int)Math.Min(TailBytes, source.Length), cancellationToken);
        if (!magic.AsSpan().SequenceEqual("PAR1"u8) || !tail.AsSpan()[^4..].SequenceEqual("PAR1"u8))
        {
            throw Corrupt(source.Name, "it does not begin and end as a Parquet file does");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan()[^EndBytes..]);
        if (length > Math.Min(source.Length - 12, MaxFooterBytes))
        {
            throw Corrupt(source.Name, $"its footer is said to have {length} bytes of the file's {source.Length}");
        }

        int end = (int)length + EndBytes;
        return (end <= tail.Length ? tail[^end..] : await source.ReadAsync(source.Length - end, end, cancellationToken), source.Length - end);
    }

    private static ParquetFooter Parse(string name, byte[] end)
    {
        try
        {
            return ParquetFooter.Parse(end.AsSpan(0, end.Length - EndBytes));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CorruptDataException($"{name}: the footer is damaged: {e.Message}. Delete it and build the feature set again.", e);
        }
    }

    // Tensors, then labels, group after group, from the magic to the footer: every byte belongs to something that is checked.
    private static void CheckLayout(string name, ParquetFooter footer, TensorPages pages, long footerStart)
    {
        if (!footer.Columns.Skip(1).SequenceEqual(Columns))
        {
            throw Corrupt(name, $"its columns are {string.Join(", ", footer.Columns.Skip(1))}; expected {string.Join(", ", Columns)}");
        }

        long rows = 0, at = 4;
        for (int g = 0; g < footer.Groups.Count; g++)
        {
            RowGroup group = footer.Groups[g];
            bool last = g == footer.Groups.Count - 1;
            long next = last ? footerStart : footer.Groups[g + 1].Columns.Count > 0 ? footer.Groups[g + 1].TensorStart : -1;
            if (!group.Columns.Select(static c => c.Name).SequenceEqual(Columns))
            {
                throw Corrupt(name, $"row group {g} has the columns {string.Join(", ", group.Columns.Select(static c => c.Name))}; expected {string.Join(", ", Columns)}");
            }

            if (footer.TensorBytes <= 0 || group.Rows <= 0 || group.Rows > footerStart / pages.PageBytes || (last ? group.Rows > footer.Groups[0].Rows : group.Rows != footer.Groups[0].Rows)
                || group.TensorStart != at || group.Columns[0].TotalBytes != group.Rows * pages.PageBytes || next < group.TensorEnd || next > footerStart || next - group.TensorEnd > int.MaxValue)
            {
                throw Corrupt(name, $"row group {g} is said to have {group.Rows} rows of {footer.TensorBytes} bytes from byte {group.TensorStart} on, each a page of its own: they do not lie so");
            }

            rows += group.Rows;
            at = next;
        }

        if (rows != footer.Rows)
        {
            throw Corrupt(name, $"its footer says {footer.Rows} rows, but its row groups have {rows}");
        }
    }

    private static CorruptDataException Corrupt(string name, string found) =>
        new($"{name}: the shard is damaged, or of another format: {found}. Delete it and build the feature set again.");
}
