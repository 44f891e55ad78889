using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Storage.Tests;

/// <summary>What every blob store must do; each store has a class that hands it in.</summary>
public abstract class BlobStoreConformance
{
    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task What_was_put_is_what_is_got_byte_for_byte()
    {
        byte[] bytes = new byte[300_001];
        StableRandom random = new(1);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.NextInt(256);
        }

        await Store.PutAsync("a/b/c.bin", bytes, default);
        Assert.Equal(bytes, await Store.TryGetAsync("a/b/c.bin", default));
        string? file = await Store.TryGetFileAsync("a/b/c.bin", default);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file!));
    }

    [Fact]
    public async Task Of_many_who_create_a_blob_one_does()
    {
        bool[] created = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Store.TryCreateAsync("only/one", new[] { (byte)i }, default))));
        Assert.Equal(created.Index().Single(static c => c.Item).Index, Assert.Single((await Store.TryGetAsync("only/one", default))!));
        Assert.False(await Store.TryCreateAsync("only/one", "other"u8.ToArray(), default));
        await Store.DeleteAsync("only/one", default);
        Assert.True(await Store.TryCreateAsync("only/one", "other"u8.ToArray(), default));
        Assert.Equal("other"u8.ToArray(), await Store.TryGetAsync("only/one", default));
        Assert.Equal(["only/one"], await Store.ListAsync("", default));
    }

    [Fact]
    public async Task Of_many_who_replace_one_version_one_does()
    {
        Assert.False(await Store.TryReplaceAsync("cas", "0x1", "x"u8.ToArray(), default));
        await Store.PutAsync("cas", "old"u8.ToArray(), default);
        string version = await VersionAsync("cas");
        bool[] replaced = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Store.TryReplaceAsync("cas", version, new[] { (byte)i }, default))));
        Assert.Equal(replaced.Index().Single(static r => r.Item).Index, Assert.Single((await Store.TryGetAsync("cas", default))!));
        Assert.False(await Store.TryReplaceAsync("cas", version, "late"u8.ToArray(), default));

        // What was deleted does not come back.
        version = await VersionAsync("cas");
        await Store.DeleteAsync("cas", default);
        Assert.False(await Store.TryReplaceAsync("cas", version, "ghost"u8.ToArray(), default));
        Assert.Empty(await Store.ListAsync("", default));
    }

    [Fact]
    public async Task Sums_that_many_add_to_by_replacing_lose_nothing()
    {
        await Store.PutAsync("sum", new byte[4], default);
        await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(async () =>
        {
            for (int done = 0; done < 5;)
            {
                string version = await VersionAsync("sum");
                int sum = BitConverter.ToInt32((await Store.TryGetAsync("sum", default))!);
                done += await Store.TryReplaceAsync("sum", version, BitConverter.GetBytes(sum + i), default) ? 1 : 0;
            }
        })));
        Assert.Equal(5 * 36, BitConverter.ToInt32((await Store.TryGetAsync("sum", default))!));
    }

    private async Task<string> VersionAsync(string key) => (await Store.TryGetRangeAsync(key, 0, 0, default))!.Version;

    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(290, 5, 5)]
    [InlineData(290, 10, 10)]
    [InlineData(290, 11, 10)]
    [InlineData(0, 1_000_000, 300)]
    [InlineData(300, 1, 0)]
    [InlineData(5_000_000_000, 7, 0)]
    [InlineData(17, 0, 0)]
    [InlineData(400, 0, 0)]
    public async Task A_range_has_what_there_is_of_it(long offset, int count, int expected)
    {
        byte[] bytes = [.. Enumerable.Range(0, 300).Select(static i => (byte)(i * 7))];
        await Store.PutAsync("r/k", bytes, default);
        BlobRange range = (await Store.TryGetRangeAsync("r/k", offset, count, default))!;
        Assert.Equal(bytes.Skip((int)Math.Min(offset, 1000)).Take(expected), range.Bytes);
        Assert.Equal(300, range.BlobLength);
        Assert.Equal((await Store.TryGetRangeAsync("r/k", 3, 1, default))!.Version, range.Version);
    }

    [Fact]
    public async Task A_range_of_an_empty_blob_is_empty_and_that_of_an_absent_one_null()
    {
        await Store.PutAsync("empty", ReadOnlyMemory<byte>.Empty, default);
        foreach (int count in (int[])[0, 5])
        {
            BlobRange empty = (await Store.TryGetRangeAsync("empty", 0, count, default))!;
            Assert.Equal((0, 0), (empty.Bytes.Length, empty.BlobLength));
            Assert.Null(await Store.TryGetRangeAsync("no/such", 0, count, default));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.TryGetRangeAsync("empty", -1, 1, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.TryGetRangeAsync("empty", 0, -1, default));
        await Assert.ThrowsAsync<BadInputException>(() => Store.TryGetRangeAsync("../a", 0, 1, default));
    }

    [Fact]
    public async Task A_range_is_of_one_write_and_another_write_is_another_version()
    {
        byte[] Filled(int value) => Enumerable.Repeat((byte)value, 50_000 + value).ToArray();
        await Store.PutAsync("ranged", Filled(0), default);
        Task writer = Task.Run(async () =>
        {
            for (int i = 1; i <= 40; i++)
            {
                await Store.PutAsync("ranged", Filled(i), default);
            }
        });
        Dictionary<string, byte> versions = [];
        do
        {
            BlobRange range = (await Store.TryGetRangeAsync("ranged", 1000, 40_000, default))!;
            byte value = range.Bytes[0];
            Assert.Equal(Filled(value).Take(40_000), range.Bytes);
            Assert.Equal(50_000 + value, range.BlobLength);
            versions.TryAdd(range.Version, value);
            Assert.Equal(versions[range.Version], value);
        }
        while (!writer.IsCompleted);
        await writer;
    }

    [Fact]
    public async Task What_is_here_as_a_file_is_found_without_fetching()
    {
        Assert.Null(await Store.TryGetLocalFileAsync("no/such", default));
        await Store.PutAsync("here", "bytes"u8.ToArray(), default);
        string file = (await Store.TryGetFileAsync("here", default))!;
        Assert.Equal(file, await Store.TryGetLocalFileAsync("here", default));
    }

    [Fact]
    public async Task An_absent_blob_is_null_and_its_deletion_no_error()
    {
        Assert.Null(await Store.TryGetAsync("no/such", default));
        Assert.Null(await Store.TryGetFileAsync("no/such", default));
        await Store.DeleteAsync("no/such", default);
    }

    [Fact]
    public async Task A_second_put_replaces_and_a_delete_removes()
    {
        await Store.PutAsync("k", "one"u8.ToArray(), default);
        await Store.PutAsync("k", "two!"u8.ToArray(), default);
        Assert.Equal("two!"u8.ToArray(), await Store.TryGetAsync("k", default));
        await Store.DeleteAsync("k", default);
        Assert.Null(await Store.TryGetAsync("k", default));
    }

    [Fact]
    public async Task A_write_that_throws_publishes_nothing_and_keeps_the_old_blob()
    {
        await Store.PutAsync("k/v", "old"u8.ToArray(), default);
        await Assert.ThrowsAsync<InvalidDataException>(() => Store.PutFileAsync(
            "k/v",
            async (path, token) =>
            {
                await File.WriteAllTextAsync(path, "half of the ne", token);
                throw new InvalidDataException();
            },
            default));
        Assert.Equal("old"u8.ToArray(), await Store.TryGetAsync("k/v", default));
        Assert.Equal(["k/v"], await Store.ListAsync("", default));
    }

    [Fact]
    public async Task Keys_are_listed_by_prefix_in_ordinal_order()
    {
        foreach (string key in new[] { "b/2", "b/10", "a", "b/1/x", "bb", "b-c" })
        {
            await Store.PutAsync(key, new byte[1], default);
        }

        Assert.Equal(["a", "b-c", "b/1/x", "b/10", "b/2", "bb"], await Store.ListAsync("", default));
        Assert.Equal(["b/1/x", "b/10", "b/2"], await Store.ListAsync("b/", default));
        Assert.Equal(["b/1/x", "b/10"], await Store.ListAsync("b/1", default));
        Assert.Empty(await Store.ListAsync("c/", default));
        Assert.Empty(await Store.ListAsync("../", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/./b")]
    [InlineData(".tmp/a")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    public async Task A_malformed_key_is_refused(string key) =>
        await Assert.ThrowsAsync<BadInputException>(() => Store.PutAsync(key, new byte[1], default));

    [Fact]
    public async Task A_segment_longer_than_a_file_s_name_may_be_is_refused()
    {
        await Store.PutAsync($"a/{new string('x', 255)}", new byte[1], default);
        await Assert.ThrowsAsync<BadInputException>(() => Store.TryGetAsync($"a/{new string('x', 256)}", default));
    }

    [Fact]
    public async Task Readers_beside_writers_see_whole_blobs_only()
    {
        using CancellationTokenSource done = new();
        byte[] Filled(byte value) => Enumerable.Repeat(value, 100_000).ToArray();
        await Store.PutAsync("shared", Filled(0), default);
        Task writer = Task.Run(async () =>
        {
            for (byte i = 1; i <= 50; i++)
            {
                await Store.PutAsync("shared", Filled(i), default);
            }

            await done.CancelAsync();
        });
        while (!done.IsCancellationRequested)
        {
            byte[]? bytes = await Store.TryGetAsync("shared", default);
            Assert.Equal(Filled(bytes![0]), bytes);
        }

        await writer;
    }
}
