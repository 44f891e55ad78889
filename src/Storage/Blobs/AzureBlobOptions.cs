using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>
/// Where the blobs are: a container of a storage account, reached with this machine's own identity, or by a connection string, which may carry a
/// key. Not a record, whose text would show that key.
/// </summary>
public sealed partial class AzureBlobOptions
{
    /// <summary>32 GiB: a few feature sets.</summary>
    public const long DefaultCacheBytes = 32L << 30;

    /// <summary>The storage account's name; reached over HTTPS with the identity that Azure gives the machine, or the environment or `az login`.</summary>
    public string? Account { get; init; }

    /// <summary>In place of an account: a connection string, from the environment or a file.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The container; created where it is absent.</summary>
    public required string Container { get; init; }

    /// <summary>A folder of this machine for copies of blobs that are to be mapped. Processes may share it.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The most bytes that the folder may hold.</summary>
    public long CacheBytes { get; init; } = DefaultCacheBytes;

    /// <summary>How long is waited before what failed on the way is tried again; then twice as long, five times in all.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>What carries requests, in place of the network; for tests.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>Gives the options back where they are whole.</summary>
    /// <exception cref="BadInputException">They are not: the message names the key.</exception>
    public AzureBlobOptions Check()
    {
        if (Account is null == ConnectionString is null)
        {
            throw new BadInputException(
                $"blobs.azure: found {(Account is null ? "neither account nor" : "both account and")} connection string; expected one of them.");
        }

        if (Account is not null && !AccountName().IsMatch(Account))
        {
            throw new BadInputException($"blobs.azure.account: found '{Account}'; expected a storage account's name: 3 to 24 lower-case letters and digits.");
        }

        if (!ContainerName().IsMatch(Container))
        {
            throw new BadInputException(
                $"blobs.azure.container: found '{Container}'; expected 3 to 63 lower-case letters, digits and single dashes, no dash first or last.");
        }

        return CacheBytes > 0 ? this : throw new BadInputException($"blobs.azure.cacheBytes: found {CacheBytes}; expected more than 0.");
    }

    [GeneratedRegex("^[a-z0-9]{3,24}\\z")]
    private static partial Regex AccountName();

    [GeneratedRegex("^(?=.{3,63}\\z)[a-z0-9]+(-[a-z0-9]+)*\\z")]
    private static partial Regex ContainerName();
}
