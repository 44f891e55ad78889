using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>
/// A finished feature set. Shards that are files of this machine are mapped; those that are far are read by ranges while they are fetched, as many as
/// the store's cache takes. Safe for any number of readers.
/// </summary>
public sealed class FeatureSet : IDisposable
{
    /// <summary>Shards opened at once: most of the time is waiting for small reads of a disk or of a store.</summary>
    private const int Opening = 16;

    private readonly SetShard[] _shards;
    private readonly ShardFetch _fetch;
    private readonly SetRow[][] _rowsOfSplit;
    private readonly Lazy<NoiseBank> _noise;

    private FeatureSet(IBlobStore blobs, FeatureSetManifest manifest, SetShard[] shards)
    {
        Manifest = manifest;
        _shards = shards;
        _noise = new(ReadNoise);
        _rowsOfSplit = Rows(shards, manifest);
        _fetch = new ShardFetch(blobs, manifest, shards);
    }

    /// <summary>What the set holds.</summary>
    public FeatureSetManifest Manifest { get; }

    /// <summary>The class names in the order of the labels.</summary>
    public IReadOnlyList<string> Classes => Manifest.Classes;

    /// <summary>The background recordings, put together again from their rows.</summary>
    internal NoiseBank Noise => _noise.Value;

    /// <summary>
    /// Opens the shards of a manifest and holds all of them but the tensors against the manifest's hashes. A tensor is held against its checksum each
    /// time that it is read, so opening takes no longer for a larger set of equally many rows.
    /// </summary>
    /// <exception cref="PipelineException">The set is not there.</exception>
    /// <exception cref="CorruptDataException">A shard is not what was built; the message names the shard, and the clip where it can.</exception>
    public static async Task<FeatureSet> OpenAsync(IBlobStore blobs, string manifestBlob, CancellationToken cancellationToken)
    {
        byte[] bytes = await blobs.TryGetAsync(manifestBlob, cancellationToken)
            ?? throw new PipelineException($"There is no feature set manifest '{manifestBlob}'. Build the feature set first.");
        FeatureSetManifest manifest = FeatureSetManifest.FromBytes(bytes);
        var shards = new SetShard?[manifest.Shards.Count];
        try
        {
            ParallelOptions options = new() { MaxDegreeOfParallelism = Opening, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, shards.Length, options, async (i, token) => shards[i] = await OpenShardAsync(blobs, manifest, i, token));
            return new(blobs, manifest, shards!);
        }
        catch
        {
            foreach (SetShard? shard in shards)
            {
                shard?.Dispose();
            }

            throw;
        }
    }

    /// <summary>Rows of a split.</summary>
    public int CountOf(Split split) => _rowsOfSplit[(int)split].Length;

    /// <summary>The rows by the set's own splits, or by those of a fold.</summary>
    /// <exception cref="BadInputException">The set cannot be cut so.</exception>
    public SplitRows Rows(FoldSpec? fold = null) => new(fold is null ? _rowsOfSplit : FoldCut.Of(this, fold), Classes.Count);

    /// <summary>Reads every byte and holds it against its checksum and hash.</summary>
    /// <exception cref="CorruptDataException">One differs; the message names shard, row group, page and clip.</exception>
    public Task VerifyAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(_shards, cancellationToken, static (shard, token) => shard.VerifyAsync(token));

    /// <summary>Unmaps the shards. No batch may be read after it.</summary>
    public void Dispose()
    {
        _fetch.Dispose();
        foreach (SetShard shard in _shards)
        {
            shard.Dispose();
        }
    }

    internal ReadOnlySpan<SetRow> RowsOf(Split split) => _rowsOfSplit[(int)split];

    /// <summary>Ends when every shard is here, or no more have room.</summary>
    internal Task Fetched => _fetch.Completion;

    /// <summary>Fetches the rows that are far, all at once; null where none is.</summary>
    internal FarRows? FetchFar(IEnumerable<SetRow> rows, CancellationToken cancellationToken) =>
        _fetch.Completion.IsCompleted && Array.TrueForAll(_shards, static shard => shard.IsMapped) ? null : FarRows.Fetch(_shards, rows, cancellationToken);

    /// <summary>A row's tensor as it was written, from those fetched where it is among them.</summary>
    internal ReadOnlySpan<byte> Tensor(SetRow row, FarRows? fetched = null) => fetched?.PageOf(row) is { Length: > 0 } page
        ? _shards[row.Shard].Index.TensorIn(page.Span, row.Row)
        : _shards[row.Shard].Tensor(row.Row);

    internal ShardRow LabelsOf(SetRow row) => _shards[row.Shard].Index.Rows[row.Row];

    internal int LengthOf(SetRow row) => _shards[row.Shard].Index.Rows.Lengths[row.Row];

    private static SetRow[][] Rows(SetShard[] shards, FeatureSetManifest manifest)
    {
        // Counted first: a list that grows would take twice its room.
        int[] counts = new int[Enum.GetValues<Split>().Length];
        Split[][] splits = [.. shards.Select((shard, i) => SplitsOf(shard.Index.Rows, manifest.Shards[i].Blob))];
        for (int shard = 0; shard < shards.Length; shard++)
        {
            ShardLabels labels = shards[shard].Index.Rows;
            for (int row = 0; row < labels.Count; row++)
            {
                counts[(int)splits[shard][labels.Splits.CodeOf(row)]]++;
            }
        }

        SetRow[][] rows = [.. counts.Select(static count => new SetRow[count])];
        Array.Clear(counts);
        for (int shard = 0; shard < shards.Length; shard++)
        {
            ShardLabels labels = shards[shard].Index.Rows;
            long[] keys = [.. Enumerable.Range(0, labels.Clips.Distinct).Select(code => Augmenter.KeyOf(labels.Clips.ValueOf(code)))];
            for (int row = 0; row < labels.Count; row++)
            {
                int split = (int)splits[shard][labels.Splits.CodeOf(row)];
                rows[split][counts[split]++] = new(shard, row, labels.Labels[row], keys[labels.Clips.CodeOf(row)]);
            }
        }

        return rows;
    }

    private static Split[] SplitsOf(ShardLabels labels, string shard) =>
        [.. Enumerable.Range(0, labels.Splits.Distinct).Select(code => SplitNames.Parse(labels.Splits.ValueOf(code), shard))];

    private static async Task<SetShard> OpenShardAsync(IBlobStore blobs, FeatureSetManifest manifest, int shard, CancellationToken cancellationToken)
    {
        ShardResult expected = manifest.Shards[shard];
        SetShard? opened = null;
        try
        {
            if (await blobs.TryGetLocalFileAsync(expected.Blob, cancellationToken) is { } path)
            {
                opened = new SetShard(ParquetShardReader.Open(path, verifyTensors: false));
            }
            else
            {
                IByteSource far = await BlobBytes.OpenAsync(blobs, expected.Blob, cancellationToken)
                    ?? throw new CorruptDataException($"The shard '{expected.Blob}' of feature set {manifest.Id} is gone. Delete the set's manifest and build it again.");
                opened = new SetShard(far, await ShardIndexReader.ReadAsync(far, cancellationToken));
            }

            Check(opened.Index, manifest, expected);
            return opened;
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }

    private static void Check(ShardIndex shard, FeatureSetManifest manifest, ShardResult expected)
    {
        if (shard.Sha256 != expected.Sha256)
        {
            throw new CorruptDataException(
                $"{shard.Name}: the shard '{expected.Blob}' is damaged outside its tensors: its hash is {shard.Sha256}, expected {expected.Sha256}. Delete it and build the feature set again.");
        }

        int tensorBytes = manifest.RowFormat.BytesOf(manifest.Shape);
        string type = manifest.RowFormat.Type.ToString().ToLowerInvariant(), found = shard.Metadata.GetValueOrDefault("elementType", "no type");
        if (shard.Rows.Count != expected.Rows || shard.Pages.TensorBytes != tensorBytes || found != type)
        {
            throw new CorruptDataException(
                $"{shard.Name}: found {shard.Rows.Count} rows of {shard.Pages.TensorBytes} bytes of {found}. Expected {expected.Rows} of {tensorBytes} of {type}. Build the feature set again.");
        }
    }

    private NoiseBank ReadNoise()
    {
        SetRow[] rows = _rowsOfSplit[(int)Split.Noise];
        return new([.. rows.GroupBy(static row => row.ClipKey).Select(pieces => pieces.SelectMany(Samples).ToArray())]);
    }

    private float[] Samples(SetRow row)
    {
        var samples = new float[LengthOf(row)];
        SampleMath.FromPcm16(MemoryMarshal.Cast<byte, short>(Tensor(row))[..samples.Length], samples);
        return samples;
    }
}

/// <summary>A row of a set.</summary>
/// <param name="Shard">Its shard.</param>
/// <param name="Row">Its row in the shard.</param>
/// <param name="Label">Its label.</param>
/// <param name="ClipKey">The number of its clip, which decides its augmentation.</param>
internal readonly record struct SetRow(int Shard, int Row, int Label, long ClipKey);
