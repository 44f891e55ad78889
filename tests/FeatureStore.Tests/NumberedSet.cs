using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A set of feature rows whose first feature is the row's number, so that a stream tells which clip-copies it is made of.</summary>
internal static class NumberedSet
{
    public const string FrontEnd = "log-mel-40-torchaudio";

    /// <summary>Bands times frames.</summary>
    public const int Values = 40 * 101;

    /// <summary>Rows of a clip.</summary>
    public const int Copies = 3;

    public static string Manifest => FeatureSetManifest.BlobKey(Id);

    private static FeatureSetId Id { get; } = new("00000000000000aa");

    /// <summary>Writes a set of shards with this many rows each, all in the training split.</summary>
    public static async Task WriteAsync(IBlobStore blobs, params int[] rowsOfShards)
    {
        List<ShardResult> shards = [];
        int first = 0;
        for (int shard = 0; shard < rowsOfShards.Length; shard++)
        {
            string key = ShardBuilder.BlobKey(Id, shard);
            (long bytes, string sha256) = (0, "");
            int start = first, rows = rowsOfShards[shard];
            await blobs.PutFileAsync(
                key,
                (path, _) =>
                {
                    (bytes, sha256) = WriteShard(path, start, rows);
                    return Task.CompletedTask;
                },
                default);
            shards.Add(new(shard, key, rows, bytes, sha256));
            first += rows;
        }

        FeatureSetManifest manifest = new()
        {
            Format = FeatureSetPlan.CurrentFormat,
            Id = Id,
            Content = ShardContent.Features,
            FrontEnd = FrontEnd,
            SampleRate = 16_000,
            ClipSamples = 16_000,
            Shape = [40, 101],
            Classes = ["even", "odd"],
            Shards = shards,
        };
        await blobs.PutAsync(Manifest, manifest.ToBytes(), default);
    }

    /// <summary>The numbers of the rows of each batch.</summary>
    public static int[][] Read(FeatureSet set, ulong seed, int epoch, int batchSize, int readers, int firstBatch = 0)
    {
        var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = FrontEnd, Seed = seed, BatchSize = batchSize, Shuffle = true, Readers = readers });
        List<int[]> batches = [];
        foreach (FeatureBatch batch in loader.ReadEpoch(epoch, firstBatch, default))
        {
            Assert.Equal(firstBatch + batches.Count, batch.Index);
            int[] numbers = [.. Enumerable.Range(0, batch.Count).Select(i => (int)batch.Features[i * Values])];
            Assert.All(numbers.Index(), n => Assert.Equal(n.Item % 2, batch.Labels[n.Index]));
            batches.Add(numbers);
        }

        return [.. batches];
    }

    private static (long Bytes, string Sha256) WriteShard(string path, int first, int rows)
    {
        var tensor = new byte[2 * Values];
        using FileStream file = ParquetShardWriter.CreateFile(path, rows, tensor.Length);
        using var writer = new ParquetShardWriter(file, tensor.Length, [new("elementType", "float16")]);
        for (int row = first; row < first + rows; row++)
        {
            BitConverter.TryWriteBytes(tensor, (Half)row);
            writer.Append(new($"clip-{row / Copies}", row % 2, "yes", "", "train", row % Copies, 101), tensor);
        }

        return writer.Complete();
    }
}
