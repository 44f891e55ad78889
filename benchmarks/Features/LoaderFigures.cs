using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Bench.Features;

/// <summary>Shuffled training batches out of mapped shards into the trainer's buffers, each clip held against its checksum.</summary>
internal static class LoaderFigures
{
    private const int Bands = 40, Frames = 101, Shards = 8, RowsPerShard = 8192;
    private const string FrontEnd = "log-mel-40-torchaudio";

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string folder, Action<string> say)
    {
        say($"features: shuffled batches of {Shards * RowsPerShard} clips, {Bands}x{Frames} float16, one reader and as many as cores");
        var blobs = new DirectoryBlobStore(folder);
        FeatureSetManifest manifest = await WriteAsync(blobs);
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(manifest.Id), CancellationToken.None);
        double one = Read(set, 1), all = Read(set, Environment.ProcessorCount), copy = Rates.MemoryCopy();
        double gigabytes = manifest.RowFormat.BytesOf(manifest.Shape) / 1e9;
        return
        [
            new("loader, 40x101 float16, one reader", "clips/s", one, null, "none", 50_000, TargetIsRatio: false),
            new("loader, 40x101 float16, a reader a core", "clips/s", all, null, "none", 50_000, TargetIsRatio: false, Cores: Environment.ProcessorCount),
            new("loader, bytes of the shards, one reader", "GB/s", one * gigabytes, copy, "memory copy, one thread", null),
            new("loader, bytes of the shards, a reader a core", "GB/s", all * gigabytes, copy, "memory copy, one thread", null, Cores: Environment.ProcessorCount),
        ];
    }

    private static double Read(FeatureSet set, int readers)
    {
        var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = FrontEnd, Shuffle = true, Readers = readers });
        int epoch = 0;
        return Rates.BestOf(loader.RowCount, () =>
        {
            foreach (FeatureBatch batch in loader.ReadEpoch(epoch++, CancellationToken.None))
            {
                _ = batch.Count;
            }
        });
    }

    private static async Task<FeatureSetManifest> WriteAsync(DirectoryBlobStore blobs)
    {
        FeatureSetId id = new(new string('b', 16));
        List<ShardResult> shards = [];
        for (int shard = 0; shard < Shards; shard++)
        {
            string key = ShardBuilder.BlobKey(id, shard);
            (long bytes, string sha256) = (0, "");
            await blobs.PutFileAsync(
                key,
                (path, _) =>
                {
                    (bytes, sha256) = Write(path, shard);
                    return Task.CompletedTask;
                },
                CancellationToken.None);
            shards.Add(new(shard, key, RowsPerShard, bytes, sha256));
        }

        FeatureSetManifest manifest = new()
        {
            Format = FeatureSetPlan.CurrentFormat,
            Id = id,
            Content = ShardContent.Features,
            FrontEnd = FrontEnd,
            SampleRate = 16_000,
            ClipSamples = 16_000,
            Shape = [Bands, Frames],
            Classes = ["yes", "no"],
            Shards = shards,
        };
        await blobs.PutAsync(FeatureSetManifest.BlobKey(id), manifest.ToBytes(), CancellationToken.None);
        return manifest;
    }

    private static (long Bytes, string Sha256) Write(string path, int shard)
    {
        var tensor = new byte[2 * Bands * Frames];
        var random = new StableRandom((ulong)shard);
        using FileStream file = ParquetShardWriter.CreateFile(path, RowsPerShard, tensor.Length);
        using var writer = new ParquetShardWriter(file, tensor.Length, [new("elementType", "float16")]);
        for (int row = 0; row < RowsPerShard; row++)
        {
            for (int i = 0; i < tensor.Length; i += 2)
            {
                // Log-mel energies lie about here.
                BitConverter.TryWriteBytes(tensor.AsSpan(i), (Half)random.NextDouble(-16, 8));
            }

            writer.Append(new($"yes/{shard}-{row:x8}_nohash_0.wav", row % 2, "yes", $"{row % 500:x8}", "train", 0, Frames), tensor);
        }

        return writer.Complete();
    }
}
