using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets.Fetching;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Downloads from a server of this process that breaks off, and archives that are not to be trusted.</summary>
public sealed class FetchTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 3_000_000).Select(static i => (byte)StableRandom.Derive(1, "fetch", i / 8))];

    [Fact]
    public async Task A_download_that_breaks_off_goes_on_where_it_was_and_has_its_name_only_when_it_is_whole()
    {
        using TemporaryFolder folder = new();
        string path = folder["archive"];

        // Half a megabyte for each connection: six of them.
        using Server server = new(Bytes, breakAfter: 500_000);
        using HttpClient http = new();
        await new Download(http).RunAsync(server.Url, path, ContentHash.Of(Bytes).Hex, Bytes.Length, null, default);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(path));
        Assert.False(File.Exists(path + ".part"));
        Assert.Equal([0, 500_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000], server.Begins);
    }

    [Fact]
    public async Task What_a_killed_download_left_is_gone_on_with_and_a_server_without_ranges_begins_anew()
    {
        using TemporaryFolder folder = new();
        using HttpClient http = new();
        foreach (bool ranges in (bool[])[true, false])
        {
            using Server server = new(Bytes, ranges: ranges);
            string path = folder[$"archive-{ranges}"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path + ".part", Bytes[..1_234_567]);
            await new Download(http).RunAsync(server.Url, path, ContentHash.Of(Bytes).Hex, null, null, default);
            Assert.Equal(Bytes, await File.ReadAllBytesAsync(path));
            Assert.Equal([1_234_567], server.Begins);
        }
    }

    [Fact]
    public async Task Another_file_than_expected_is_refused_naming_both_hashes_and_is_not_kept()
    {
        using TemporaryFolder folder = new();
        using Server server = new(Bytes);
        using HttpClient http = new();
        string other = new('a', 64);
        CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => new Download(http).RunAsync(server.Url, folder["archive"], other, null, null, default));
        Assert.Contains(other, e.Message, StringComparison.Ordinal);
        Assert.Contains(ContentHash.Of(Bytes).Hex, e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["archive"] + ".part"));
        e = await Assert.ThrowsAsync<CorruptDataException>(() => new Download(http).RunAsync(server.Url, folder["archive"], other, 17, null, default));
        Assert.Contains("Expected 17", e.Message, StringComparison.Ordinal);
        PipelineException gone = await Assert.ThrowsAsync<PipelineException>(() => new Download(http).RunAsync(new Uri(server.Url, "/none"), folder["archive"], other, null, null, default));
        Assert.Contains("404", gone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.wav", TarEntryType.RegularFile, "lies outside")]
    [InlineData("/etc/outside.wav", TarEntryType.RegularFile, "lies outside")]
    [InlineData("yes/../../outside.wav", TarEntryType.RegularFile, "lies outside")]
    [InlineData("yes/link", TarEntryType.SymbolicLink, "SymbolicLink")]
    [InlineData("yes/link", TarEntryType.HardLink, "HardLink")]
    [InlineData("yes/pipe", TarEntryType.Fifo, "Fifo")]
    public async Task What_an_archive_should_not_hold_is_refused_and_nothing_stays(string name, TarEntryType type, string said)
    {
        using TemporaryFolder folder = new();
        Pack(folder["bad.tar.gz"], ("yes/a.wav", TarEntryType.RegularFile, [1, 2]), (name, type, [3]));
        CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => TarUnpacker.UnpackAsync(folder["bad.tar.gz"], folder["bad"], new UnpackLimits(), default));
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
        Assert.Equal(["bad.tar.gz"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder["bad"])!).Select(Path.GetFileName));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(folder["bad"])!, "..", "outside.wav")));
    }

    [Fact]
    public async Task A_good_archive_is_unpacked_a_torn_or_too_large_one_is_not()
    {
        using TemporaryFolder folder = new();
        Pack(folder["good.tar.gz"], ("./yes/a.wav", TarEntryType.RegularFile, Bytes[..70_000]), ("./no/b.wav", TarEntryType.RegularFile, [4, 5]));
        Assert.Equal(2, await TarUnpacker.UnpackAsync(folder["good.tar.gz"], folder["good"], new UnpackLimits(), default));
        Assert.Equal(Bytes[..70_000], await File.ReadAllBytesAsync(Path.Combine(folder["good"], "yes/a.wav")));
        await Assert.ThrowsAsync<CorruptDataException>(() => TarUnpacker.UnpackAsync(folder["good.tar.gz"], folder["large"], new UnpackLimits(Bytes: 70_001), default));
        await Assert.ThrowsAsync<CorruptDataException>(() => TarUnpacker.UnpackAsync(folder["good.tar.gz"], folder["many"], new UnpackLimits(Entries: 1), default));
        byte[] whole = await File.ReadAllBytesAsync(folder["good.tar.gz"]);
        foreach (int cut in (int[])[0, 5, 100, whole.Length / 2])
        {
            await File.WriteAllBytesAsync(folder["torn.tar.gz"], whole[..cut]);
            await Assert.ThrowsAsync<CorruptDataException>(() => TarUnpacker.UnpackAsync(folder["torn.tar.gz"], folder["torn"], new UnpackLimits(), default));
            Assert.False(Directory.Exists(folder["torn"]));
        }
    }

    private static void Pack(string path, params (string Name, TarEntryType Type, byte[] Bytes)[] entries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        using GZipStream zipped = new(file, CompressionLevel.Fastest);
        using TarWriter tar = new(zipped, TarEntryFormat.Gnu);
        foreach ((string name, TarEntryType type, byte[] bytes) in entries)
        {
            GnuTarEntry entry = new(type, name);
            if (type == TarEntryType.RegularFile)
            {
                entry.DataStream = new MemoryStream(bytes);
            }
            else if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = "/etc/passwd";
            }

            tar.WriteEntry(entry);
        }
    }

    /// <summary>Serves one file, whole or from where it is asked for, and breaks the connection after so many bytes.</summary>
    private sealed class Server : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly byte[] _bytes;
        private readonly int _breakAfter;
        private readonly bool _ranges;

        public Server(byte[] bytes, int breakAfter = int.MaxValue, bool ranges = true)
        {
            (_bytes, _breakAfter, _ranges) = (bytes, breakAfter, ranges);
            using TcpListener free = new(IPAddress.Loopback, 0);
            free.Start();
            int port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            Url = new Uri($"http://127.0.0.1:{port}/archive");
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            _listener.Start();
            _ = Task.Run(ServeAsync);
        }

        public Uri Url { get; }

        /// <summary>Where each request began.</summary>
        public List<long> Begins { get; } = [];

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    await AnswerAsync(await _listener.GetContextAsync());
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
                {
                    // The test has ended, or the client has.
                }
            }
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            HttpListenerResponse response = context.Response;
            if (context.Request.Url!.AbsolutePath != "/archive")
            {
                response.StatusCode = 404;
                response.Close();
                return;
            }

            string? range = context.Request.Headers["Range"];
            int from = range is null ? 0 : int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            Begins.Add(from);
            if (range is not null && _ranges)
            {
                response.StatusCode = 206;
                response.Headers["Content-Range"] = $"bytes {from}-{_bytes.Length - 1}/{_bytes.Length}";
            }

            from = _ranges ? from : 0;
            response.ContentLength64 = _bytes.Length - from;
            await response.OutputStream.WriteAsync(_bytes.AsMemory(from, Math.Min(_breakAfter, _bytes.Length - from)));
            if (_breakAfter < _bytes.Length - from)
            {
                await response.OutputStream.FlushAsync();
                response.Abort();
                return;
            }

            response.Close();
        }
    }
}
