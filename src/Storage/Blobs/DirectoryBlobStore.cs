using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>Blobs as files under one folder: a blob's key is its path. Published by renaming a flushed temporary file.</summary>
public sealed class DirectoryBlobStore : IBlobStore
{
    // No key begins with a dot, so these are never blobs.
    private const string TemporaryFolder = ".tmp";
    private const string LockFile = ".lock";
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private static long s_lastTicks;

    private readonly string _root;
    private readonly TemporaryFiles _temporary;
    private readonly StoreLock _lock;

    /// <summary>Takes the folder, which is created.</summary>
    public DirectoryBlobStore(string root)
    {
        _root = Path.GetFullPath(root);
        _temporary = new TemporaryFiles(Path.Combine(_root, TemporaryFolder));
        _lock = new StoreLock(Path.Combine(_root, LockFile));
    }

    /// <inheritdoc/>
    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        PutFileAsync(key, (path, token) => File.WriteAllBytesAsync(path, bytes, token), cancellationToken);

    /// <inheritdoc/>
    public DiskRoom? Room => new(_root, new DriveInfo(_root).AvailableFreeSpace);

    /// <inheritdoc/>
    public async Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        string target = PathOf(key);
        try
        {
            // Without overwriting, the move makes a second name for the file, which Unix refuses where the name is taken.
            return await PublishAsync(key, (path, token) => File.WriteAllBytesAsync(path, bytes, token), overwrite: false, version: null, cancellationToken);
        }
        catch (IOException) when (File.Exists(target))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        PublishAsync(key, (path, token) => File.WriteAllBytesAsync(path, bytes, token), overwrite: true, version, cancellationToken);

    /// <inheritdoc/>
    public Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken) =>
        PublishAsync(key, write, overwrite: true, version: null, cancellationToken);

    /// <summary>Publishes what is written; false where a version is expected and the blob is of another.</summary>
    private async Task<bool> PublishAsync(string key, Func<string, CancellationToken, Task> write, bool overwrite, string? version, CancellationToken cancellationToken)
    {
        string target = PathOf(key);
        string temporary = _temporary.Next();
        try
        {
            await write(temporary, cancellationToken);
            File.SetLastWriteTimeUtc(temporary, NextTime());
            Durability.FlushFile(temporary);
            CreateFolder(Path.GetDirectoryName(target)!);

            using (await _lock.TakeAsync(cancellationToken))
            {
                if (version is not null && VersionOf(target) != version)
                {
                    return false;
                }

                // Dying before the rename leaves a temporary file, removed by the next start; after it, the whole blob.
                File.Move(temporary, target, overwrite);
            }

            Durability.FlushFolder(Path.GetDirectoryName(target)!);
            return true;
        }
        catch (IOException e) when (e.HResult is NoSpace or QuotaExceeded)
        {
            throw new NoSpaceException(
                $"The disk that holds '{_root}' is full: '{key}' was not stored. What was stored before is unharmed. " +
                "Free some space and run the same command again.", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(PathOf(key), cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken)
    {
        string path = PathOf(key);
        return Task.FromResult(File.Exists(path) ? path : null);
    }

    /// <inheritdoc/>
    public Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken) => TryGetFileAsync(key, cancellationToken);

    /// <inheritdoc/>
    public async Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        try
        {
            // What is open stays as it is, also where another blob takes the name.
            using SafeFileHandle file = File.OpenHandle(PathOf(key), options: FileOptions.Asynchronous);
            long length = RandomAccess.GetLength(file);
            byte[] bytes = new byte[Math.Clamp(length - offset, 0, count)];
            int done = 0;
            while (done < bytes.Length)
            {
                int read = await RandomAccess.ReadAsync(file, bytes.AsMemory(done), offset + done, cancellationToken);
                done += read > 0 ? read : throw new EndOfStreamException($"'{key}' got shorter while it was read.");
            }

            return new(bytes, length, VersionOf(File.GetLastWriteTimeUtc(file), length));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(_root, prefix[..(prefix.LastIndexOf('/') + 1)]);
        if (prefix.Split('/').Any(s => s.StartsWith('.')) || !Directory.Exists(folder))
        {
            return Task.FromResult<IReadOnlyList<string>>([]);
        }

        List<string> keys = [];
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string key = Path.GetRelativePath(_root, file).Replace(Path.DirectorySeparatorChar, '/');
            if (key[0] != '.' && key.StartsWith(prefix, StringComparison.Ordinal))
            {
                keys.Add(key);
            }
        }

        keys.Sort(StringComparer.Ordinal);
        return Task.FromResult<IReadOnlyList<string>>(keys);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        string path = PathOf(key);
        if (File.Exists(path))
        {
            using (await _lock.TakeAsync(cancellationToken))
            {
                File.Delete(path);
            }
        }
    }

    private static string VersionOf(DateTime written, long length) => $"{written.Ticks:x}-{length:x}";

    private static string? VersionOf(string path) => new FileInfo(path) is { Exists: true } file ? VersionOf(file.LastWriteTimeUtc, file.Length) : null;

    /// <summary>Now, but later than any time that this process gave before: the time of its last write tells a blob's versions apart.</summary>
    private static DateTime NextTime()
    {
        long now = TimeProvider.System.GetUtcNow().UtcTicks, last, next;
        do
        {
            last = Interlocked.Read(ref s_lastTicks);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref s_lastTicks, next, last) != last);
        return new DateTime(next, DateTimeKind.Utc);
    }

    private string PathOf(string key) => Path.Combine(_root, BlobKey.Check(key));

    /// <summary>Creates a folder and makes each new name durable.</summary>
    private void CreateFolder(string folder)
    {
        if (folder.Length <= _root.Length || Directory.Exists(folder))
        {
            return;
        }

        string parent = Path.GetDirectoryName(folder)!;
        CreateFolder(parent);
        Directory.CreateDirectory(folder);
        Durability.FlushFolder(parent);
    }
}
