using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Fetching;

/// <summary>How far a download is.</summary>
/// <param name="Bytes">Bytes that are there.</param>
/// <param name="Total">Bytes that it will have; null where the server does not say.</param>
public sealed record DownloadProgress(long Bytes, long? Total);

/// <summary>
/// Fetches a file over HTTP. What was fetched stays beside it under <c>.part</c> and is gone on with, after a broken connection and after a kill; the
/// file has its name only when its size and hash are those expected.
/// </summary>
/// <param name="http">The client, without a limit of time for a whole answer.</param>
public sealed class Download(HttpClient http)
{
    /// <summary>No archive of recordings that we know is so large; what is, is not what was asked for.</summary>
    private const long MaxBytes = 64L << 30;

    /// <summary>Tries in a row without a byte more.</summary>
    private const int MaxTries = 5;

    private const int BufferBytes = 1 << 18;

    /// <summary>How long a server may be silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Fetches.</summary>
    /// <param name="url">From where.</param>
    /// <param name="path">The file.</param>
    /// <param name="sha256">The hash that it must have, 64 hex digits.</param>
    /// <param name="bytes">The size that it must have; null: any up to 64 GiB.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Ends it; the same call goes on later.</param>
    /// <exception cref="PipelineException">The server refuses, or does not answer any more.</exception>
    /// <exception cref="CorruptDataException">The file is another than expected; what was fetched is deleted.</exception>
    public async Task RunAsync(Uri url, string path, string sha256, long? bytes, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        string part = path + ".part";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        for (int tries = 0; ; tries++)
        {
            long before = LengthOf(part);
            try
            {
                await GoOnAsync(url, part, bytes, progress, cancellationToken);
                break;
            }
            catch (Exception e) when ((e is HttpRequestException or IOException or TimeoutException) && e is not FileNotFoundException)
            {
                tries = LengthOf(part) > before ? 0 : tries;
                if (e is HttpRequestException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests } || tries == MaxTries - 1)
                {
                    throw new PipelineException($"{url} could not be fetched: {e.Message} What was fetched ({LengthOf(part)} bytes) is kept in '{part}': the same command goes on from there.", e);
                }

                await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, tries)), TimeProvider.System, cancellationToken);
            }
        }

        await CheckAsync(url, part, sha256, cancellationToken);
        File.Move(part, path, overwrite: true);
    }

    private async Task GoOnAsync(Uri url, string part, long? bytes, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        long have = LengthOf(part);
        if (have == bytes)
        {
            return;
        }

        using HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.Range = have > 0 ? new RangeHeaderValue(have, null) : null;
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // All of it is there, or more than the server has: the hash decides.
            return;
        }

        response.EnsureSuccessStatusCode();
        bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
        long? total = response.Content.Headers.ContentLength is { } length ? (goesOn ? have : 0) + length : null;
        if (total > MaxBytes || (bytes is { } expected && total is { } announced && announced != expected))
        {
            throw new CorruptDataException($"{url} has {total} bytes. Expected {(bytes is null ? $"at most {MaxBytes}" : $"{bytes}")}: it is not the file that it was.");
        }

        await using FileStream file = new(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        await CopyAsync(await response.Content.ReadAsStreamAsync(cancellationToken), file, total, progress, cancellationToken);
        if (total is { } whole && file.Position < whole)
        {
            throw new IOException($"The connection ended after {file.Position} of {whole} bytes.");
        }
    }

    private static async Task CopyAsync(Stream from, FileStream to, long? total, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            int read = await from.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(Silence, TimeProvider.System, cancellationToken);
            if (read == 0)
            {
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress?.Report(new DownloadProgress(to.Position, total));
            if (to.Position > MaxBytes)
            {
                throw new CorruptDataException($"The server sends more than {MaxBytes} bytes. Expected at most so many.");
            }
        }
    }

    private static async Task CheckAsync(Uri url, string part, string sha256, CancellationToken cancellationToken)
    {
        string found;
        await using (FileStream file = File.OpenRead(part))
        {
            found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
        }

        if (!found.Equals(sha256, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(part);
            throw new CorruptDataException($"{url}: the SHA-256 is {found}. Expected {sha256}: it was damaged on the way, or is not the file that it was. It was deleted; run the command again.");
        }
    }

    private static long LengthOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
