using System.Formats.Tar;
using System.IO.Compression;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Fetching;

/// <summary>Bounds of what an archive may hold.</summary>
/// <param name="Entries">Files and folders.</param>
/// <param name="Bytes">Bytes of all files together.</param>
public sealed record UnpackLimits(int Entries = 1_000_000, long Bytes = 256L << 30);

/// <summary>
/// Unpacks a .tar.gz into a new folder: files and folders, nothing else, none of them outside of the folder. The folder has its name only when all of
/// it is there.
/// </summary>
public static class TarUnpacker
{
    /// <summary>Unpacks.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="folder">The folder, which must not be there.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="cancellationToken">Ends it; nothing stays.</param>
    /// <returns>Files unpacked.</returns>
    /// <exception cref="CorruptDataException">The archive is damaged, or holds what it should not; nothing stays.</exception>
    public static async Task<int> UnpackAsync(string archive, string folder, UnpackLimits limits, CancellationToken cancellationToken)
    {
        string target = Path.GetFullPath(folder);
        string part = target + ".part";
        if (Directory.Exists(part))
        {
            Directory.Delete(part, recursive: true);
        }

        try
        {
            Directory.CreateDirectory(part);
            int files = await WriteAsync(archive, part, limits, cancellationToken);
            Directory.Move(part, target);
            return files;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new CorruptDataException($"'{archive}' cannot be unpacked: {e.Message} Delete it and fetch it again.", e);
        }
        finally
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }
        }
    }

    private static async Task<int> WriteAsync(string archive, string root, UnpackLimits limits, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(archive);
        await using GZipStream plain = new(file, CompressionMode.Decompress);
        await using TarReader tar = new(plain);
        (int entries, int files, long bytes) = (0, 0, 0);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            entries++;
            bytes += entry.Length;
            if (entries > limits.Entries || bytes > limits.Bytes)
            {
                throw new CorruptDataException($"'{archive}' holds more than {limits.Entries} entries or {limits.Bytes} bytes. Expected an archive of recordings.");
            }

            string path = PathOf(entry, root, archive);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    await CopyAsync(entry, path, cancellationToken);
                    files++;
                    break;
                case TarEntryType.GlobalExtendedAttributes or TarEntryType.ExtendedAttributes:
                    break;
                default:
                    throw new CorruptDataException($"'{archive}' holds '{entry.Name}', a {entry.EntryType}. Expected files and folders alone.");
            }
        }

        return files;
    }

    private static async Task CopyAsync(TarEntry entry, string path, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        if (entry.DataStream is { } data)
        {
            await data.CopyToAsync(file, cancellationToken);
        }
    }

    private static string PathOf(TarEntry entry, string root, string archive)
    {
        string path = Path.GetFullPath(Path.Combine(root, entry.Name));
        return path == root || path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new CorruptDataException($"'{archive}' holds '{entry.Name}', which lies outside of the folder that it is unpacked to. Do not trust it.");
    }
}
