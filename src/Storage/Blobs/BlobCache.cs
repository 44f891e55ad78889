using System.Collections.Concurrent;
using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>
/// Local copies of blobs, each named by the hash of its bytes, so that a copy is never out of date. Bytes are hashed when a copy is made and once
/// more by each process that finds one. The least recently used go when room is needed.
/// </summary>
internal sealed class BlobCache
{
    // No hash begins with a dot.
    private const string TemporaryFolder = ".tmp";

    /// <summary>Who was given a path opens it within this time; until then the file stays, and then while it is open: its bytes would stay on the disk anyway.</summary>
    private static readonly TimeSpan Opening = TimeSpan.FromMinutes(10);

    private readonly string _folder;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly TemporaryFiles _temporary;
    private readonly ConcurrentDictionary<ContentHash, bool> _verified = new();

    // One copy is made at a time: each is fetched over several connections already, and no two callers fetch the same one.
    private readonly SemaphoreSlim _adding = new(1, 1);

    public BlobCache(string folder, long maxBytes, TimeProvider time)
    {
        _folder = Path.GetFullPath(folder);
        _maxBytes = maxBytes;
        _time = time;
        _temporary = new TemporaryFiles(Path.Combine(_folder, TemporaryFolder));
    }

    /// <summary>The copy of a blob, fetched where there is none.</summary>
    /// <param name="hash">The hash of the blob's bytes.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="fetch">Writes them to a file that does not exist yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptDataException">What was fetched has another hash.</exception>
    /// <exception cref="CacheFullException">The blob does not fit beside what is in use.</exception>
    public async Task<string> GetAsync(ContentHash hash, long length, Func<string, CancellationToken, Task> fetch, CancellationToken cancellationToken)
    {
        if (Find(hash, length) is { } present)
        {
            return present;
        }

        await _adding.WaitAsync(cancellationToken);
        try
        {
            if (Find(hash, length) is { } added)
            {
                return added;
            }

            MakeRoom(length);
            return await AddAsync(hash, fetch, cancellationToken);
        }
        finally
        {
            _adding.Release();
        }
    }

    private async Task<string> AddAsync(ContentHash hash, Func<string, CancellationToken, Task> fetch, CancellationToken cancellationToken)
    {
        string temporary = _temporary.Next();
        string path = Path.Combine(_folder, hash.Hex);
        try
        {
            await fetch(temporary, cancellationToken);
            ContentHash found = ContentHash.OfFile(temporary);
            if (found != hash)
            {
                throw new CorruptDataException($"The bytes have the hash {found}; expected {hash}.");
            }

            File.SetLastWriteTimeUtc(temporary, _time.GetUtcNow().UtcDateTime);
            File.Move(temporary, path, overwrite: true);
            _verified[hash] = true;
            return path;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The copy of a blob where there is one.</summary>
    public string? Find(ContentHash hash, long length)
    {
        string path = Path.Combine(_folder, hash.Hex);
        try
        {
            if (new FileInfo(path) is not { Exists: true } file || file.Length != length)
            {
                return null;
            }

            if (!_verified.ContainsKey(hash) && ContentHash.OfFile(path) != hash)
            {
                return null;
            }

            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // Another process made room just now.
            return null;
        }

        _verified[hash] = true;
        return path;
    }

    // .NET holds a shared lock on each file that it has open for reading, mapped ones too; asking for it alone fails meanwhile.
    private static bool IsOpen(FileInfo file)
    {
        try
        {
            file.Open(FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private void MakeRoom(long length)
    {
        // Another process may make room at the same time: a file that is gone is no error, and its length was read with the listing.
        (FileInfo File, DateTime Used, long Length)[] files =
        [
            .. new DirectoryInfo(_folder).GetFiles().Where(static f => f.Exists)
                .Select(static f => (f, f.LastWriteTimeUtc, f.Length)).OrderBy(static f => f.LastWriteTimeUtc),
        ];
        long held = files.Sum(static f => f.Length);
        DateTime recent = (_time.GetUtcNow() - Opening).UtcDateTime;
        foreach ((FileInfo file, _, long size) in files.Where(f => f.Used < recent))
        {
            if (held + length <= _maxBytes)
            {
                break;
            }

            if (!IsOpen(file))
            {
                file.Delete();
                held -= size;
            }
        }

        if (held + length > _maxBytes)
        {
            throw new CacheFullException(
                $"The folder for copies of blobs, '{_folder}', may hold {_maxBytes} bytes; {held} are in use and {length} more are needed. " +
                "Raise blobs.azure.cacheBytes, or use fewer feature sets at a time.");
        }
    }
}
