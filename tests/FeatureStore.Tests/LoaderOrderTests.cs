using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class LoaderOrderTests : IAsyncLifetime
{
    // Two row groups in the first shard, one in the second, one row in the third.
    private static readonly int[] Shards = [600, 150, 1];
    private static readonly int Rows = Shards.Sum();

    private readonly TemporaryFolder _folder = new();
    private DirectoryBlobStore _blobs = null!;
    private FeatureSet _set = null!;

    private static Gen<(ulong Seed, int Epoch, int BatchSize, int Readers)> Reading =>
        from seed in Gen.Choose(0, 1_000_000)
        from epoch in Gen.Choose(0, 300)
        from batchSize in Gen.Choose(1, Rows + 5)
        from readers in Gen.Elements(1, 2, 3, 8)
        select ((ulong)seed, epoch, batchSize, readers);

    public async Task InitializeAsync()
    {
        _blobs = new DirectoryBlobStore(_folder["blobs"]);
        await NumberedSet.WriteAsync(_blobs, Shards);
        _set = await FeatureSet.OpenAsync(_blobs, NumberedSet.Manifest, default);
    }

    public Task DisposeAsync()
    {
        _set.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public void Every_copy_of_every_clip_comes_once_an_epoch() => Prop.ForAll(Arb.From(Reading), r =>
    {
        int[][] batches = NumberedSet.Read(_set, r.Seed, r.Epoch, r.BatchSize, r.Readers);
        Assert.Equal(Enumerable.Range(0, Rows), batches.SelectMany(static b => b).Order());
        Assert.All(batches[..^1], batch => Assert.Equal(r.BatchSize, batch.Length));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void The_order_depends_on_seed_and_epoch_and_not_on_readers_or_batches() => Prop.ForAll(Arb.From(Reading), r =>
    {
        int[] order = [.. NumberedSet.Read(_set, r.Seed, r.Epoch, 64, 1).SelectMany(static b => b)];
        Assert.Equal(order, NumberedSet.Read(_set, r.Seed, r.Epoch, r.BatchSize, r.Readers).SelectMany(static b => b));
        Assert.NotEqual(order, NumberedSet.Read(_set, r.Seed + 1, r.Epoch, 64, r.Readers).SelectMany(static b => b));
        Assert.NotEqual(order, NumberedSet.Read(_set, r.Seed, r.Epoch + 1, 64, r.Readers).SelectMany(static b => b));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Who_stops_anywhere_and_goes_on_with_other_readers_has_the_same_stream()
    {
        Gen<(int At, int Readers)> stop = from at in Gen.Choose(0, 1_000_000) from readers in Gen.Elements(1, 2, 3, 8) select (at, readers);
        Prop.ForAll(Arb.From(Reading), Arb.From(stop), (r, s) =>
        {
            int[][] whole = NumberedSet.Read(_set, r.Seed, r.Epoch, r.BatchSize, r.Readers);
            int at = s.At % (whole.Length + 1);
            var loader = new BatchLoader(
                _set, new() { Split = Split.Train, FrontEnd = NumberedSet.FrontEnd, Seed = r.Seed, BatchSize = r.BatchSize, Shuffle = true, Readers = r.Readers });

            // Left in the middle, as one that is killed: the batches read ahead are lost.
            int[][] before = [.. loader.ReadEpoch(r.Epoch, default).Take(at).Select(static b => Enumerable.Range(0, b.Count).Select(i => (int)b.Features[i * NumberedSet.Values]).ToArray())];
            Assert.Equal(whole, [.. before, .. NumberedSet.Read(_set, r.Seed, r.Epoch, r.BatchSize, s.Readers, at)]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberedSet.Read(_set, 1, 0, 100, 1, firstBatch: 9));
    }

    [Fact]
    public void A_byte_flipped_anywhere_is_reported_by_shard_page_and_clip_and_nothing_of_it_comes()
    {
        string path = _folder["blobs/" + ShardBuilder.BlobKey(_set.Manifest.Id, 1)];
        byte[] sound = File.ReadAllBytes(path);
        int pageBytes = new TensorPages(2 * NumberedSet.Values).PageBytes;
        Gen<(int Offset, byte Bits)> flip = from offset in Gen.Choose(4, 3 + (150 * pageBytes)) from bits in Gen.Choose(1, 255) select (offset, (byte)bits);
        Prop.ForAll(Arb.From(flip), Arb.From(Gen.Elements(1, 2, 3, 8)), (f, readers) =>
        {
            byte[] damaged = [.. sound];
            damaged[f.Offset] ^= f.Bits;
            File.WriteAllBytes(path, damaged);
            using FeatureSet set = FeatureSet.OpenAsync(_blobs, NumberedSet.Manifest, default).GetAwaiter().GetResult();
            var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = NumberedSet.FrontEnd, BatchSize = 32, Shuffle = true, Readers = readers });
            int page = (f.Offset - 4) / pageBytes, row = 600 + page;
            List<int> read = [];
            CorruptDataException e = Assert.Throws<CorruptDataException>(() =>
            {
                foreach (FeatureBatch batch in loader.ReadEpoch(0, default))
                {
                    read.AddRange(Enumerable.Range(0, batch.Count).Select(i => (int)batch.Features[i * NumberedSet.Values]));
                }
            });
            Assert.Contains($"shard-00001.parquet: row group 0, page {page}, clip 'clip-{row / NumberedSet.Copies}' copy {row % NumberedSet.Copies}:", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(row, read);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }
}
