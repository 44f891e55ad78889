using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>
/// Blobs in a container of Azure Blob Storage. Each carries the SHA-256 of its bytes, which every reader checks; uploads carry an MD5 that the
/// service checks. What fails on the way is tried again with growing waits.
/// </summary>
public sealed class AzureBlobStore : IBlobStore
{
    private const string HashKey = "sha256";

    /// <summary>Times that a blob may be replaced while it is being copied before we give up.</summary>
    private const int MaxReplaced = 10;

    private readonly BlobContainerClient _container;
    private readonly BlobCache _cache;
    private readonly TemporaryFiles _temporary;

    private AzureBlobStore(AzureBlobOptions options, TimeProvider time)
    {
        _container = Connect(options);
        _cache = new BlobCache(options.CacheFolder, options.CacheBytes, time);
        _temporary = new TemporaryFiles(Path.Combine(options.CacheFolder, ".uploads"));
    }

    /// <summary>Connects, creating the container where it is absent.</summary>
    /// <exception cref="BadInputException">The options are not whole.</exception>
    /// <exception cref="PipelineException">The account cannot be reached, or does not let us in.</exception>
    public static async Task<AzureBlobStore> OpenAsync(AzureBlobOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        AzureBlobStore store = new(options.Check(), time);
        await store.TryAsync("", () => store._container.CreateIfNotExistsAsync(cancellationToken: cancellationToken));
        return store;
    }

    /// <inheritdoc/>
    public async Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > BlockUpload.BlockBytes)
        {
            await PutFileAsync(key, (path, token) => File.WriteAllBytesAsync(path, bytes, token), cancellationToken);
            return;
        }

        await UploadAsync(key, bytes, conditions: null, cancellationToken);
    }

    /// <inheritdoc/>
    public DiskRoom? Room => null;

    /// <inheritdoc/>
    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        TryUploadAsync(key, bytes, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        TryUploadAsync(key, bytes, new BlobRequestConditions { IfMatch = new ETag(version) }, cancellationToken);

    private async Task<bool> TryUploadAsync(string key, ReadOnlyMemory<byte> bytes, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, BlockUpload.BlockBytes);
        try
        {
            await UploadAsync(key, bytes, conditions, cancellationToken);
            return true;
        }
        catch (PipelineException e) when (e.InnerException is RequestFailedException { Status: 409 or 412 })
        {
            return false;
        }
    }

    private async Task UploadAsync(string key, ReadOnlyMemory<byte> bytes, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        await TryAsync(key, async () =>
        {
            await using Stream content = BinaryData.FromBytes(bytes).ToStream();
            return await blob.UploadAsync(
                content,
                new BlobUploadOptions
                {
                    Metadata = Metadata(ContentHash.Of(bytes.Span)),
                    Conditions = conditions,
                    TransferValidation = BlockUpload.Checked,
                    TransferOptions = new StorageTransferOptions { InitialTransferSize = BlockUpload.BlockBytes },
                },
                cancellationToken);
        });
    }

    /// <inheritdoc/>
    public async Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        string temporary = _temporary.Next();
        try
        {
            await write(temporary, cancellationToken);
            if (new FileInfo(temporary).Length <= BlockUpload.BlockBytes)
            {
                await PutAsync(key, await File.ReadAllBytesAsync(temporary, cancellationToken), cancellationToken);
                return;
            }

            await TryAsync(key, () => BlockUpload.RunAsync(blob, temporary, Metadata(ContentHash.OfFile(temporary)), cancellationToken));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        BlobDownloadResult? found = await TryFindAsync(key, async () => (await blob.DownloadContentAsync(cancellationToken)).Value);
        if (found is null)
        {
            return null;
        }

        byte[] bytes = found.Content.ToArray();
        ContentHash expected = HashIn(found.Details.Metadata, key);
        ContentHash hash = ContentHash.Of(bytes);
        return hash == expected ? bytes : throw new CorruptDataException($"The blob {Name(key)} has the hash {hash}; expected {expected}. Write it again.");
    }

    /// <inheritdoc/>
    public async Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        for (int attempt = 1; ; attempt++)
        {
            BlobProperties? properties = await PropertiesAsync(key, cancellationToken);
            if (properties is null)
            {
                return null;
            }

            // All ranges of the copy must come from the blob that these properties describe.
            BlobDownloadToOptions options = new() { Conditions = new BlobRequestConditions { IfMatch = properties.ETag } };
            ContentHash hash = HashIn(properties.Metadata, key);
            try
            {
                return await TryAsync(key, () => _cache.GetAsync(
                    hash,
                    properties.ContentLength,
                    (path, token) => blob.DownloadToAsync(path, options, token),
                    cancellationToken));
            }
            catch (PipelineException e) when (attempt < MaxReplaced && e.InnerException is RequestFailedException { Status: 404 or 412 })
            {
                // Replaced or deleted since its properties were read: look again.
            }
        }
    }

    /// <inheritdoc/>
    public async Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken) =>
        await PropertiesAsync(key, cancellationToken) is { } found ? _cache.Find(HashIn(found.Metadata, key), found.ContentLength) : null;

    /// <inheritdoc/>
    public async Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        BlockBlobClient blob = BlobOf(key);
        if (count > 0)
        {
            BlobDownloadOptions options = new() { Range = new HttpRange(offset, count) };
            try
            {
                BlobDownloadResult? found = await TryFindAsync(key, async () => (await blob.DownloadContentAsync(options, cancellationToken)).Value);
                return found is null ? null : new(found.Content.ToArray(), LengthIn(found.Details), found.Details.ETag.ToString());
            }
            catch (PipelineException e) when (e.InnerException is RequestFailedException { Status: 416 })
            {
                // It ends before the first byte asked for; its properties tell where.
            }
        }

        return await PropertiesAsync(key, cancellationToken) is { } properties ? new([], properties.ContentLength, properties.ETag.ToString()) : null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => TryAsync<IReadOnlyList<string>>(prefix, async () =>
    {
        List<string> keys = [];
        await foreach (BlobItem blob in _container.GetBlobsAsync(prefix: prefix, cancellationToken: cancellationToken))
        {
            keys.Add(blob.Name);
        }

        keys.Sort(StringComparer.Ordinal);
        return keys;
    });

    /// <inheritdoc/>
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        return TryAsync(key, () => blob.DeleteIfExistsAsync(cancellationToken: cancellationToken));
    }

    private static BlobContainerClient Connect(AzureBlobOptions options)
    {
        BlobClientOptions client = new();
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = 5;
        client.Retry.Delay = options.FirstWait;
        client.Retry.MaxDelay = TimeSpan.FromSeconds(10);
        client.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        client.AddPolicy(new WholeErrors(), HttpPipelinePosition.PerRetry);
        if (options.Handler is { } handler)
        {
            client.Transport = new HttpClientTransport(handler);
        }

        if (options.ConnectionString is null)
        {
            Uri container = new($"https://{options.Account}.blob.core.windows.net/{options.Container}");
            return new BlobContainerClient(container, new DefaultAzureCredential(), client);
        }

        try
        {
            return new BlobContainerClient(options.ConnectionString, options.Container, client);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // The message never shows the connection string, which may hold a key.
            throw new BadInputException("The connection string of blobs.azure is malformed; expected what the Azure portal shows under 'Access keys'.", e);
        }
    }

    private static Dictionary<string, string> Metadata(ContentHash hash) => new() { [HashKey] = hash.Hex };

    // "bytes 0-99/1234"; the service leaves it out where the whole blob was sent.
    private static long LengthIn(BlobDownloadDetails details) =>
        details.ContentRange is { Length: > 0 } range ? long.Parse(range[(range.IndexOf('/', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) : details.ContentLength;

    private Task<BlobProperties?> PropertiesAsync(string key, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(key);
        return TryFindAsync(key, async () => (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value);
    }

    private BlockBlobClient BlobOf(string key) => _container.GetBlockBlobClient(BlobKey.Check(key));

    private ContentHash HashIn(IDictionary<string, string> metadata, string key) => metadata.TryGetValue(HashKey, out string? hex)
        ? new ContentHash(hex)
        : throw new CorruptDataException($"The blob {Name(key)} carries no '{HashKey}': it was not written by pipeline. Delete it, or use another container.");

    private async Task<T?> TryFindAsync<T>(string key, Func<Task<T>> request)
        where T : class
    {
        try
        {
            return await TryAsync(key, request);
        }
        catch (PipelineException e) when (e.InnerException is RequestFailedException { Status: 404 } missing && missing.ErrorCode != BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
    }

    private Task TryAsync(string key, Func<Task> request) => TryAsync(key, async () =>
    {
        await request();
        return true;
    });

    /// <summary>Sends requests; what fails is said in terms of the account, the container and the key.</summary>
    private async Task<T> TryAsync<T>(string key, Func<Task<T>> request)
    {
        try
        {
            return await request();
        }
        catch (CorruptDataException e)
        {
            throw new CorruptDataException($"The blob {Name(key)} is damaged: {e.Message} Write it again.", e);
        }
        catch (RequestFailedException e) when (e.Status is 401 or 403)
        {
            throw new PipelineException(
                $"{Name(key)}: access denied ({e.ErrorCode ?? e.Status.ToString()}). " +
                "The identity needs the role 'Storage Blob Data Contributor' on the account, or the connection string a valid key.", e);
        }
        catch (RequestFailedException e) when (e.Status != 0)
        {
            throw new PipelineException($"{Name(key)}: the blob service answered {e.Status} {e.ErrorCode}. What was stored before is unharmed.", e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new PipelineException(
                $"{Name(key)}: this machine has no identity that Azure accepts ({e.Message}). Give it a managed identity, run `az login`, or use a connection string.", e);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            Exception cause = e is AggregateException several ? several.InnerExceptions[^1] : e;
            throw new PipelineException(
                $"{Name(key)} cannot be reached ({cause.Message.Split('\n')[0]}). Check the account's name and the network, and run the same command again.", e);
        }
    }

    private string Name(string key) => $"{_container.Uri.GetLeftPart(UriPartial.Path)}/{key}";
}
