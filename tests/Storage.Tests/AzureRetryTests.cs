using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Storage.Tests;

/// <summary>What goes wrong between us and the service is tried again, ends in the right bytes, or in words within a bounded time.</summary>
public sealed class AzureRetryTests(Azurite azurite) : IClassFixture<Azurite>, IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private AzureBlobOptions _options = null!;
    private FaultyFront _front = null!;

    public async Task InitializeAsync()
    {
        AzureBlobOptions direct = azurite.NewContainer(_folder.File("cache"));
        Uri service = new(direct.ConnectionString!.Split("BlobEndpoint=")[1].Split(';')[0]);
        _front = await FaultyFront.StartAsync(service);
        _options = new AzureBlobOptions
        {
            ConnectionString = direct.ConnectionString!.Replace($":{service.Port}/", $":{_front.Port}/", StringComparison.Ordinal),
            Container = direct.Container,
            CacheFolder = direct.CacheFolder,
            FirstWait = TimeSpan.FromMilliseconds(10),
        };
        await AzureBlobStore.OpenAsync(direct, TimeProvider.System, default);
    }

    public Task DisposeAsync() => _front.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_goes_wrong_on_the_way_the_right_bytes_are_there_in_the_end(ulong seed)
    {
        // Three faults in a row at most; five tries follow the first.
        int row = 0;
        Fault Draw(int request)
        {
            Fault fault = (Fault)StableRandom.For(seed, "fault", request).NextInt(8);
            row = fault is > Fault.None and <= Fault.CutAnswer && row < 3 ? row + 1 : 0;
            return row > 0 ? fault : Fault.None;
        }

        AzureBlobStore store = await AzureBlobStore.OpenAsync(_options, TimeProvider.System, default);
        Lock gate = new();
        _front.FaultOf = request =>
        {
            lock (gate)
            {
                return Draw(request);
            }
        };
        byte[][] contents = [.. new[] { 0, 1, 100_000, BlockUpload.BlockBytes + 12_345 }.Select((count, i) => Bytes(seed + (ulong)i, count))];
        for (int i = 0; i < contents.Length; i++)
        {
            byte[] bytes = contents[i];
            await store.PutAsync($"put/{i}", bytes, default);
            await store.PutFileAsync($"file/{i}", (path, token) => File.WriteAllBytesAsync(path, bytes, token), default);
            Assert.Equal(bytes, await store.TryGetAsync($"file/{i}", default));
            Assert.Equal(bytes, await File.ReadAllBytesAsync((await store.TryGetFileAsync($"put/{i}", default))!));
        }

        // Whether it was ours that was done is not known where an answer was lost; that it was done is.
        await store.TryCreateAsync("created", contents[1], default);
        Assert.Equal(contents[1], await store.TryGetAsync("created", default));
        await store.TryReplaceAsync("created", (await store.TryGetRangeAsync("created", 0, 0, default))!.Version, contents[2], default);
        Assert.Equal(contents[2][7..107], (await store.TryGetRangeAsync("created", 7, 100, default))!.Bytes);
        await store.DeleteAsync("created", default);
        Assert.Equal(8, (await store.ListAsync("", default)).Count);
        Assert.True(_front.Requests > 40, $"{_front.Requests} requests");
    }

    [Theory]
    [InlineData(nameof(Fault.Busy), "the blob service answered 503 ServerBusy")]
    [InlineData(nameof(Fault.CutBefore), "cannot be reached")]
    [InlineData(nameof(Fault.CutAfter), "cannot be reached")]
    public async Task What_goes_wrong_for_good_is_given_up_within_a_bounded_time_and_says_where(string fault, string message)
    {
        AzureBlobStore store = await AzureBlobStore.OpenAsync(_options, TimeProvider.System, default);
        await store.PutAsync("a/b", "old"u8.ToArray(), default);
        int before = _front.Requests;
        long started = Stopwatch.GetTimestamp();
        _front.FaultOf = _ => Enum.Parse<Fault>(fault);
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => store.PutAsync("a/b", "new"u8.ToArray(), default));
        Assert.Contains($"{_options.Container}/a/b", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Eby8vdM02", e.ToString(), StringComparison.Ordinal);
        Assert.Equal(6, _front.Requests - before);

        // 10 + 20 + 40 + 80 + 160 ms of waiting, a fifth more or less.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(240), TimeSpan.FromSeconds(20));
        _front.FaultOf = static _ => Fault.None;
        Assert.Equal(fault == nameof(Fault.CutAfter) ? "new" : "old", System.Text.Encoding.UTF8.GetString((await store.TryGetAsync("a/b", default))!));
    }

    [Theory]
    [InlineData("there", 1)]
    [InlineData("there", int.MaxValue)]
    [InlineData("absent", 1)]
    [InlineData("absent", int.MaxValue)]
    public async Task An_answer_that_breaks_off_is_asked_for_again_and_given_up_in_words(string key, int times)
    {
        AzureBlobStore store = await AzureBlobStore.OpenAsync(_options, TimeProvider.System, default);
        byte[] bytes = Bytes(1, 300_000);
        await store.PutAsync("there", bytes, default);
        int first = _front.Requests;
        foreach (Func<Task<byte[]?>> read in new Func<Task<byte[]?>>[]
        {
            () => store.TryGetAsync(key, default),
            async () => await store.TryGetFileAsync(key, default) is { } path ? await File.ReadAllBytesAsync(path) : null,
            async () => (await store.TryGetRangeAsync(key, 0, 300_000, default))?.Bytes,
        })
        {
            int left = times;
            _front.FaultOf = _ => left-- > 0 ? Fault.CutAnswer : Fault.None;
            if (times == 1)
            {
                Assert.Equal(key == "there" ? bytes : null, await read());
            }
            else
            {
                // Properties have no body that could break off, so of what is absent only that is known.
                Exception? e = await Record.ExceptionAsync(read);
                Assert.True(e is PipelineException && e.Message.Contains($"{_options.Container}/{key}", StringComparison.Ordinal), $"{e}");
            }
        }
    }

    private static byte[] Bytes(ulong seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random((int)seed).NextBytes(bytes);
        return bytes;
    }
}
