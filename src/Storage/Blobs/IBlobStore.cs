namespace Pipeline.Storage.Blobs;

/// <summary>
/// Named byte sequences, each published whole or not at all. Keys are slash-separated segments of letters, digits, dots, dashes and underscores;
/// no segment is empty, <c>.</c> or <c>..</c>. Safe for any number of threads and processes.
/// </summary>
public interface IBlobStore
{
    /// <summary>The disk that the blobs are on; null where no limit is known.</summary>
    DiskRoom? Room { get; }

    /// <summary>Publishes a blob; a reader sees the old bytes or the new ones, never a part, also after a crash. Overwrites.</summary>
    Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Publishes a blob where there is none of that name; of any number who try at once, one does. False where there is one, also where it is our own
    /// from a try whose answer was lost: so who must know reads it. At most 8 MiB.
    /// </summary>
    Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Publishes a blob in place of one that is still as <paramref name="version"/> names it (<see cref="BlobRange.Version"/>); of any number who try at
    /// once, one does. False where it was written or deleted since, also by our own try whose answer was lost: so who must know reads it. At most 8 MiB.
    /// </summary>
    Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Publishes what <paramref name="write"/> writes to a temporary file, which is how large blobs are made without holding them in memory.
    /// </summary>
    Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>The blob's bytes, or null where there is no such blob.</summary>
    Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken);

    /// <summary>A local file with the blob's bytes (the blob itself, or a cached copy), to be mapped and never written; null where there is no such blob.</summary>
    Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken);

    /// <summary>The file of <see cref="TryGetFileAsync"/> where it is on this machine already; null where there is no such blob, or its bytes would have to come.</summary>
    Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken);

    /// <summary>A part of the blob, all from one write of it: up to <paramref name="count"/> bytes from <paramref name="offset"/>; null where there is no such blob.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Offset or count is negative.</exception>
    Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken);

    /// <summary>The keys that begin with the prefix, in ordinal order.</summary>
    Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; one that is absent is no error.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}

/// <summary>What is left on a disk.</summary>
/// <param name="Folder">A folder on it.</param>
/// <param name="FreeBytes">Bytes for which there is room.</param>
public sealed record DiskRoom(string Folder, long FreeBytes);
