using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Storage.Blobs;

/// <summary>
/// Uploads a file in blocks and publishes it by committing their list, which the service does whole or not at all. Staged blocks belong to the
/// blob's name, not to who staged them; so a block's id holds its hash, lest two who upload to one name at once should commit each other's blocks.
/// </summary>
internal static class BlockUpload
{
    /// <summary>A block; also the longest blob that goes up in one request. The service takes up to 50,000 blocks, so files of 400 GB.</summary>
    public const int BlockBytes = 8 << 20;

    /// <summary>Blocks on their way at once: with the buffers of this many, uploading takes 32 MiB.</summary>
    private const int Parallel = 4;

    /// <summary>Times that another's commit may drop our staged blocks before we give up.</summary>
    private const int MaxAttempts = 10;

    /// <summary>The service refuses a block whose bytes changed on the way.</summary>
    public static UploadTransferValidationOptions Checked => new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };

    /// <summary>Uploads and publishes the file with the metadata.</summary>
    public static async Task RunAsync(BlockBlobClient blob, string file, IDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            string[] ids = await StageAsync(blob, file, cancellationToken);
            try
            {
                await blob.CommitBlockListAsync(ids, new CommitBlockListOptions { Metadata = metadata }, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.InvalidBlockList && attempt < MaxAttempts)
            {
                // Another upload to this name was committed meanwhile, and with it the service dropped what was staged: stage again.
            }
        }
    }

    private static async Task<string[]> StageAsync(BlockBlobClient blob, string file, CancellationToken cancellationToken)
    {
        using SafeFileHandle handle = File.OpenHandle(file, options: FileOptions.Asynchronous);
        long length = RandomAccess.GetLength(handle);
        string[] ids = new string[(length + BlockBytes - 1) / BlockBytes];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForAsync(0, ids.Length, options, async (i, token) =>
        {
            int count = (int)Math.Min(BlockBytes, length - ((long)i * BlockBytes));
            byte[] buffer = ArrayPool<byte>.Shared.Rent(count);
            try
            {
                await ReadAsync(handle, buffer.AsMemory(0, count), (long)i * BlockBytes, token);
                ids[i] = IdOf(i, buffer.AsSpan(0, count));
                using MemoryStream block = new(buffer, 0, count, writable: false);
                await blob.StageBlockAsync(ids[i], block, new BlockBlobStageBlockOptions { TransferValidation = Checked }, token);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        });
        return ids;
    }

    private static async Task ReadAsync(SafeFileHandle handle, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            int read = await RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException("The file got shorter while it was being uploaded.");
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <summary>The block's number and hash: 128 bits, so that two blocks of one id are of one content. All ids of a blob must be of one length.</summary>
    private static string IdOf(int number, ReadOnlySpan<byte> bytes)
    {
        Span<byte> id = stackalloc byte[sizeof(int) + (sizeof(ulong) * 2)];
        BinaryPrimitives.WriteInt32BigEndian(id, number);
        XxHash128.Hash(bytes, id[sizeof(int)..]);
        return Convert.ToBase64String(id);
    }
}
