using System.Data.Common;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of pipeline.yaml that say where state and blobs are, and what they read as.</summary>
internal static class StoreKeys
{
    private const double MaxCacheBytes = 1L << 50;

    public static Key State { get; } = new(
        "state",
        "Where state is kept: SQLite in the folder .pipeline, or a PostgreSQL database that several machines share.",
        new EitherShape(
            new WordShape(["sqlite"]),
            new MapShape(
            [
                new("postgres", "Host=...;Database=...;Username=... A server that is not this machine is reached over TLS.", new TextShape("a connection string"))
                {
                    IsRequired = true,
                },
                new("passwordFile", "A file that holds the password; else the connection string or PGPASSWORD does.", new PathShape()),
            ])))
    {
        Default = "sqlite",
    };

    public static Key Blobs { get; } = new(
        "blobs",
        "Where feature shards, checkpoints and weights are: a folder, or a container of Azure Blob Storage.",
        new EitherShape(new PathShape(), new MapShape(
        [
            new("azure", "A container; created where it is absent.", new MapShape(
            [
                new("account", "The storage account, reached with this machine's identity.", new TextShape("a storage account's name")),
                new("connectionString", "In place of the account: ${NAME} of an environment variable that holds it.", new TextShape("a connection string")),
                new("container", "The container.", new TextShape("a container's name")) { IsRequired = true },
                new("cacheBytes", "The most bytes of local copies.", new NumberShape(1, MaxCacheBytes, Whole: true)) { Default = AzureBlobOptions.DefaultCacheBytes },
            ]))
            {
                IsRequired = true,
            },
        ])))
    {
        Default = ".pipeline/blobs",
    };

    /// <summary>The connection string, or null where the state is a file.</summary>
    public static string? Postgres(ConfigFile file, ConfigMap root)
    {
        if (root.Map("state") is not { } state)
        {
            return null;
        }

        string text = Variables.Expand(file, state, "postgres")!;
        if (Variables.Expand(file, state, "passwordFile") is not { } passwordFile)
        {
            return text;
        }

        string path = Path.GetFullPath(passwordFile, file.Folder);
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = text, ["Password"] = File.ReadAllText(path).TrimEnd('\r', '\n') }.ConnectionString;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException(
                $"{file.Path}:{state.Node.Start.Line}: {(e is ArgumentException ? "'state.postgres' is no connection string" : $"'state.passwordFile' cannot be read: '{path}'")}.", e);
        }
    }

    /// <summary>The container, or null where the blobs are in a folder.</summary>
    /// <param name="file">The file.</param>
    /// <param name="root">Its map.</param>
    /// <param name="cacheFolder">The folder of local copies.</param>
    public static AzureBlobOptions? Azure(ConfigFile file, ConfigMap root, string cacheFolder)
    {
        if (root.Map("blobs")?.Map("azure") is not { } azure)
        {
            return null;
        }

        AzureBlobOptions options = new()
        {
            Account = Variables.Expand(file, azure, "account"),
            ConnectionString = Variables.Expand(file, azure, "connectionString"),
            Container = Variables.Expand(file, azure, "container")!,
            CacheFolder = cacheFolder,
            CacheBytes = (long)azure.Number("cacheBytes", AzureBlobOptions.DefaultCacheBytes),
        };
        try
        {
            return options.Check();
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"{file.Path}:{azure.Node.Start.Line}: {e.Message}", e);
        }
    }
}
