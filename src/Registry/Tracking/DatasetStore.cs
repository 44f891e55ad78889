using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Tracking;

/// <summary>The data sets that runs say they read, within one transaction.</summary>
internal sealed class DatasetStore(StateTransaction transaction)
{
    /// <summary>The tag that says what a data set was read for, for example training.</summary>
    private const string ContextTag = "mlflow.data.context";

    /// <summary>Writes a data set of a run. One of the same name and digest that is there already stays as it is.</summary>
    public Task LogAsync(RunId run, RunDataset dataset) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO run_datasets (run_id, name, digest, source_type, source, schema, profile, context, tags)
            VALUES (@run, @Name, @Digest, @SourceType, @Source, @Schema, @Profile, @context, @tags)
            ON CONFLICT (run_id, name, digest) DO NOTHING
            """,
            new
            {
                run = run.Value,
                dataset.Name,
                dataset.Digest,
                dataset.SourceType,
                dataset.Source,
                dataset.Schema,
                dataset.Profile,
                context = dataset.Tags.GetValueOrDefault(ContextTag),
                tags = JsonSerializer.Serialize(new SortedDictionary<string, string>(dataset.Tags.ToDictionary(), StringComparer.Ordinal), DatasetJson.Default.SortedDictionaryStringString),
            });

    /// <summary>The data sets of some runs, by run, in the order of their names.</summary>
    public async Task<ILookup<string, RunDataset>> OfRunsAsync(IReadOnlyList<string> runs)
    {
        List<DatasetRow> rows = [];
        foreach (string[] ids in runs.Chunk(MetricStore.IdsPerQuery))
        {
            rows.AddRange(await transaction.QueryAsync<DatasetRow>(
                """
                SELECT run_id, name, digest, source_type, source, schema, profile, tags FROM run_datasets
                WHERE run_id IN @ids ORDER BY run_id, name, digest
                """,
                new { ids }));
        }

        return rows.ToLookup(r => r.RunId, r => r.Dataset);
    }

    private sealed class DatasetRow
    {
        public string RunId { get; init; } = "";

        public string Name { get; init; } = "";

        public string Digest { get; init; } = "";

        public string SourceType { get; init; } = "";

        public string Source { get; init; } = "";

        public string? Schema { get; init; }

        public string? Profile { get; init; }

        public string Tags { get; init; } = "";

        public RunDataset Dataset => new(
            Name, Digest, SourceType, Source, Schema, Profile, JsonSerializer.Deserialize(Tags, DatasetJson.Default.SortedDictionaryStringString)!);
    }
}

/// <summary>The JSON of a data set's tags.</summary>
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class DatasetJson : JsonSerializerContext;
