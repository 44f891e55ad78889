using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;
using Pipeline.Testing;

namespace Pipeline.FeatureStore.Tests;

public sealed class FarSetTests(Azurite azurite) : IClassFixture<Azurite>, IDisposable
{
    private static readonly int[] Shards = [600, 150, 1];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_far_set_gives_the_same_stream_as_a_near_one_also_while_it_comes()
    {
        (FarBlobs far, int[][] expected) = await WriteAsync();
        using FeatureSet set = await FeatureSet.OpenAsync(far, NumberedSet.Manifest, default);
        Assert.InRange(far.BytesOfRanges, 1, set.Manifest.Bytes / 20);
        Assert.All((int[])[1, 2, 3, 8], readers => Assert.Equal(expected, Stream(set, readers)));
        Assert.False(set.Fetched.IsCompleted);
        far.Gate.SetResult();
        Assert.Equal(expected, Stream(set, 2));
        await set.Fetched;
        int ranges = far.Ranges;
        Assert.Equal(expected, Stream(set, 3));
        Assert.Equal(ranges, far.Ranges);
        await set.VerifyAsync(default);
    }

    [Fact]
    public async Task Rows_that_lie_together_are_fetched_together()
    {
        (FarBlobs far, _) = await WriteAsync();
        using FeatureSet set = await FeatureSet.OpenAsync(far, NumberedSet.Manifest, default);
        int before = far.Ranges;
        long bytes = far.BytesOfRanges;
        var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = NumberedSet.FrontEnd, BatchSize = 100 });
        Assert.Equal(751, loader.ReadEpoch(0, default).Sum(static batch => batch.Count));

        // A batch lies in two shards where it crosses from one to the next; labels lie between row groups.
        Assert.InRange(far.Ranges - before, 8, 12);
        Assert.InRange(far.BytesOfRanges - bytes, 751 * 2 * NumberedSet.Values, set.Manifest.Bytes);
    }

    [Fact]
    public async Task A_flipped_byte_far_away_is_reported_by_shard_page_and_clip()
    {
        (FarBlobs far, _) = await WriteAsync();
        string path = _folder["blobs/" + ShardBuilder.BlobKey(new("00000000000000aa"), 1)];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[4 + (77 * new TensorPages(2 * NumberedSet.Values).PageBytes) + 5000] ^= 64;
        File.WriteAllBytes(path, bytes);
        using FeatureSet set = await FeatureSet.OpenAsync(far, NumberedSet.Manifest, default);
        const string place = "shard-00001.parquet: row group 0, page 77, clip 'clip-225' copy 2:";
        Assert.Contains(place, Assert.Throws<CorruptDataException>(() => Stream(set, 2)).Message, StringComparison.Ordinal);
        Assert.Contains(place, (await Assert.ThrowsAsync<CorruptDataException>(() => set.VerifyAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_that_is_written_again_while_it_is_read_is_refused()
    {
        (FarBlobs far, _) = await WriteAsync();
        using FeatureSet set = await FeatureSet.OpenAsync(far, NumberedSet.Manifest, default);
        await NumberedSet.WriteAsync(far, Shards);
        Assert.Contains("was written again", Assert.Throws<CorruptDataException>(() => Stream(set, 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3 << 20)]
    [InlineData(1 << 30)]
    public async Task A_set_on_Azure_is_read_whether_or_not_the_cache_takes_it(long cacheBytes)
    {
        (_, int[][] expected) = await WriteAsync();
        AzureBlobOptions options = azurite.NewContainer(_folder["cache"], cacheBytes);
        AzureBlobStore blobs = await AzureBlobStore.OpenAsync(options, TimeProvider.System, default);
        await NumberedSet.WriteAsync(blobs, Shards);
        using (FeatureSet set = await FeatureSet.OpenAsync(blobs, NumberedSet.Manifest, default))
        {
            Assert.Equal(expected, Stream(set, 3));
            await set.Fetched;
            Assert.Equal(expected, Stream(set, 2));
            await set.VerifyAsync(default);
        }

        Assert.InRange(Directory.GetFiles(options.CacheFolder).Sum(static f => new FileInfo(f).Length), 0, cacheBytes);
        AzureBlobStore again = await AzureBlobStore.OpenAsync(options, TimeProvider.System, default);
        using FeatureSet second = await FeatureSet.OpenAsync(again, NumberedSet.Manifest, default);
        Assert.True(cacheBytes < second.Manifest.Bytes || second.Fetched.IsCompleted);
        Assert.Equal(expected, Stream(second, 1));
    }

    private static int[][] Stream(FeatureSet set, int readers) => NumberedSet.Read(set, seed: 3, epoch: 2, batchSize: 64, readers);

    private async Task<(FarBlobs Far, int[][] Expected)> WriteAsync()
    {
        var near = new DirectoryBlobStore(_folder["blobs"]);
        await NumberedSet.WriteAsync(near, Shards);
        using FeatureSet set = await FeatureSet.OpenAsync(near, NumberedSet.Manifest, default);
        return (new FarBlobs(near), Stream(set, 1));
    }
}
