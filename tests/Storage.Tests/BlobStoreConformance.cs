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
