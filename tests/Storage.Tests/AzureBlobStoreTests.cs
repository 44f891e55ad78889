using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Storage.Tests;

public sealed class AzureBlobStoreTests(Azurite azurite) : BlobStoreConformance, IClassFixture<Azurite>, IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private AzureBlobOptions _options = null!;
    private AzureBlobStore _store = null!;

    protected override IBlobStore Store => _store;

    public async Task InitializeAsync()
    {
        _options = azurite.NewContainer(_folder.File("cache"), cacheBytes: 40 << 20);
        _store = await OpenAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_blob_of_many_blocks_comes_back_whole_also_as_a_file()
    {
        byte[] bytes = Bytes(1, (BlockUpload.BlockBytes * 2) + 12_345);
        await _store.PutFileAsync("big", (path, token) => File.WriteAllBytesAsync(path, bytes, token), default);
        Assert.Equal(bytes, await _store.TryGetAsync("big", default));
        Assert.Equal(bytes, await File.ReadAllBytesAsync((await _store.TryGetFileAsync("big", default))!));
        Assert.Equal(3, (await Blob("big").GetBlockListAsync()).Value.CommittedBlocks.Count());
    }

    [Fact]
    public async Task Two_who_upload_one_name_at_once_never_mix_their_blocks()
    {
        byte[][] contents = [.. Enumerable.Range(1, 3).Select(i => Bytes((ulong)i, (BlockUpload.BlockBytes * 2) + i))];
        AzureBlobStore[] stores = [.. await Task.WhenAll(contents.Select(_ => OpenAsync()))];
        await Task.WhenAll(contents.Select((bytes, i) => Task.Run(() => stores[i].PutAsync("shared", bytes, default))));
        byte[]? found = await _store.TryGetAsync("shared", default);
        Assert.Contains(contents, bytes => bytes.AsSpan().SequenceEqual(found));
    }

    [Fact]
    public async Task Blocks_that_another_commit_dropped_are_staged_again()
    {
        byte[] bytes = Bytes(9, BlockUpload.BlockBytes + 1);
        int commits = 0;
        BlobClientOptions options = new();

        // Before our first commit reaches the service, another's upload is committed under the same name.
        options.AddPolicy(new BeforeRequest(async request =>
        {
            if (request.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal) && commits++ == 0)
            {
                string id = Convert.ToBase64String(new byte[20]);
                await Blob("shared").StageBlockAsync(id, new MemoryStream([1]));
                await Blob("shared").CommitBlockListAsync([id]);
            }
        }), Azure.Core.HttpPipelinePosition.PerCall);
        BlockBlobClient blob = new BlobContainerClient(_options.ConnectionString, _options.Container, options).GetBlockBlobClient("shared");
        string file = _folder.File("bytes");
        await File.WriteAllBytesAsync(file, bytes);
        await BlockUpload.RunAsync(blob, file, new Dictionary<string, string> { ["sha256"] = ContentHash.Of(bytes).Hex }, default);
        Assert.True(commits > 1);
        Assert.Equal(bytes, await _store.TryGetAsync("shared", default));
    }

    [Fact]
    public async Task A_blob_whose_bytes_are_not_those_written_is_refused_by_name()
    {
        await _store.PutAsync("a/b", Bytes(1, 1000), default);
        IDictionary<string, string> metadata = (await Blob("a/b").GetPropertiesAsync()).Value.Metadata;
        byte[] flipped = Bytes(1, 1000);
        flipped[500] ^= 1;
        await Blob("a/b").UploadAsync(new MemoryStream(flipped), new BlobUploadOptions { Metadata = metadata });
        CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => _store.TryGetAsync("a/b", default));
        Assert.Contains($"{_options.Container}/a/b", e.Message, StringComparison.Ordinal);
        Assert.Contains(ContentHash.Of(flipped).Hex, e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptDataException>(() => _store.TryGetFileAsync("a/b", default));
        Assert.Empty(Directory.GetFiles(_options.CacheFolder));
    }

    [Fact]
    public async Task A_blob_that_another_program_wrote_is_refused_saying_so()
    {
        await Blob("foreign").UploadAsync(new MemoryStream([1]), new BlobUploadOptions());
        CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => _store.TryGetAsync("foreign", default));
        Assert.Contains("was not written by pipeline", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_local_copy_is_fetched_once_and_a_damaged_one_again()
    {
        byte[] bytes = Bytes(1, 100_000);
        await _store.PutAsync("k", bytes, default);
        string path = (await _store.TryGetFileAsync("k", default))!;
        DateTime made = File.GetCreationTimeUtc(path);
        Assert.Equal(path, await _store.TryGetFileAsync("k", default));
        Assert.Equal(made, File.GetCreationTimeUtc(path));

        byte[] damaged = [.. bytes];
        damaged[7] ^= 1;
        await File.WriteAllBytesAsync(path, damaged);
        AzureBlobStore other = await OpenAsync();
        Assert.Equal(bytes, await File.ReadAllBytesAsync((await other.TryGetFileAsync("k", default))!));
    }

    [Fact]
    public async Task A_replaced_blob_gives_a_new_copy()
    {
        await _store.PutAsync("k", "old"u8.ToArray(), default);
        string old = (await _store.TryGetFileAsync("k", default))!;
        await _store.PutAsync("k", "new"u8.ToArray(), default);
        Assert.Equal("new", await File.ReadAllTextAsync((await _store.TryGetFileAsync("k", default))!));
        Assert.Equal("old", await File.ReadAllTextAsync(old));
    }

    [Fact]
    public async Task The_copies_stay_within_their_limit_and_the_least_recently_used_go_first()
    {
        for (int i = 0; i < 3; i++)
        {
            await _store.PutAsync($"k{i}", Bytes((ulong)i, 15 << 20), default);
        }

        string first = (await _store.TryGetFileAsync("k0", default))!;
        _time.Advance(TimeSpan.FromMinutes(1));
        string second = (await _store.TryGetFileAsync("k1", default))!;
        CacheFullException full = await Assert.ThrowsAsync<CacheFullException>(() => _store.TryGetFileAsync("k2", default));
        Assert.Contains("cacheBytes", full.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(first));

        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(first, await _store.TryGetFileAsync("k0", default));
        Assert.NotNull(await _store.TryGetFileAsync("k2", default));
        Assert.True(File.Exists(first));
        Assert.False(File.Exists(second));
    }

    [Fact]
    public async Task A_copy_that_is_open_stays_and_counts()
    {
        foreach (int i in (int[])[0, 1, 2])
        {
            await _store.PutAsync($"k{i}", Bytes((ulong)i, 15 << 20), default);
        }

        Assert.Null(await _store.TryGetLocalFileAsync("k0", default));
        string first = (await _store.TryGetFileAsync("k0", default))!, second = (await _store.TryGetFileAsync("k1", default))!;
        Assert.Equal(first, await _store.TryGetLocalFileAsync("k0", default));
        _time.Advance(TimeSpan.FromMinutes(30));
        using (File.OpenRead(first))
        {
            using (File.OpenRead(second))
            {
                await Assert.ThrowsAsync<CacheFullException>(() => _store.TryGetFileAsync("k2", default));
            }

            Assert.NotNull(await _store.TryGetFileAsync("k2", default));
            Assert.True(File.Exists(first));
            Assert.False(File.Exists(second));
        }
    }

    [Fact]
    public async Task A_wrong_key_is_said_without_showing_it()
    {
        AzureBlobOptions wrong = new()
        {
            ConnectionString = _options.ConnectionString!.Replace("AccountKey=E", "AccountKey=F", StringComparison.Ordinal),
            Container = _options.Container,
            CacheFolder = _options.CacheFolder,
        };
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => AzureBlobStore.OpenAsync(wrong, _time, default));
        Assert.Contains("access denied", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("8vdM02", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Account", "tests")]
    [InlineData("a", "tests")]
    [InlineData("account", "Tests")]
    [InlineData("account", "te--sts")]
    [InlineData("account", "-tests")]
    [InlineData(null, "tests")]
    public void Options_that_are_not_whole_are_refused_naming_the_key(string? account, string container)
    {
        AzureBlobOptions options = new() { Account = account, Container = container, CacheFolder = _folder.Path };
        Assert.Contains("blobs.azure", Assert.Throws<BadInputException>(options.Check).Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(ulong seed, int count)
    {
        byte[] bytes = new byte[count];
        StableRandom random = new(seed);
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (byte)random.NextInt(256);
        }

        return bytes;
    }

    private Task<AzureBlobStore> OpenAsync() => AzureBlobStore.OpenAsync(_options, _time, default);

    private BlockBlobClient Blob(string key) => Azurite.Client(_options).GetBlockBlobClient(key);

    private sealed class BeforeRequest(Func<Azure.Core.Request, Task> act) : Azure.Core.Pipeline.HttpPipelinePolicy
    {
        public override void Process(Azure.Core.HttpMessage message, ReadOnlyMemory<Azure.Core.Pipeline.HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();

        public override async ValueTask ProcessAsync(Azure.Core.HttpMessage message, ReadOnlyMemory<Azure.Core.Pipeline.HttpPipelinePolicy> pipeline)
        {
            await act(message.Request);
            await ProcessNextAsync(message, pipeline);
        }
    }
}
