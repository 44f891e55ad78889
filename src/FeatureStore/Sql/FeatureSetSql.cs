using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Sql;

/// <summary>What a query gave.</summary>
/// <param name="Columns">The names of the columns.</param>
/// <param name="Rows">The rows as texts; null for what is null.</param>
public sealed record QueryResult(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows);

/// <summary>Asks a built feature set in SQL, by DuckDB over the shards as they lie. Nothing is copied but the answer.</summary>
public static class FeatureSetSql
{
    /// <summary>The name of the rows in a query.</summary>
    public const string Table = "features";

    /// <summary>Runs a query over the rows of a set, which it calls <see cref="Table"/>; the columns are those of docs/formats/feature-set.md.</summary>
    /// <exception cref="PipelineException">DuckDB's library is not installed.</exception>
    /// <exception cref="BadInputException">DuckDB refuses the query.</exception>
    /// <exception cref="CorruptDataException">A shard is gone.</exception>
    public static async Task<QueryResult> QueryAsync(IBlobStore blobs, FeatureSetManifest manifest, string sql, CancellationToken cancellationToken)
    {
        using DuckDb duckDb = new();
        List<string> files = [];
        foreach (ShardResult shard in manifest.Shards)
        {
            files.Add(await blobs.TryGetFileAsync(shard.Blob, cancellationToken)
                ?? throw new CorruptDataException($"The shard '{shard.Blob}' of feature set {manifest.Id} is gone. Delete the set's manifest and build it again."));
        }

        duckDb.Run($"CREATE VIEW {Table} AS SELECT * FROM read_parquet([{string.Join(", ", files.Select(Quoted))}])");
        (string[] columns, string?[][] rows) = duckDb.Run(sql);
        return new(columns, rows);
    }

    private static string Quoted(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";
}
