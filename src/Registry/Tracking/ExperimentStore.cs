using Pipeline.Storage.State;

namespace Pipeline.Registry.Tracking;

/// <summary>The experiments of the state database, within one transaction.</summary>
public sealed class ExperimentStore(StateTransaction transaction)
{
    private const string Select = "SELECT experiment_id, name, lifecycle_stage, creation_time, last_update_time FROM experiments ";

    /// <summary>The experiment of that name, made where there is none.</summary>
    public async Task<ExperimentId> EnsureAsync(string name, DateTimeOffset now)
    {
        await transaction.ExecuteAsync(
            """
            INSERT INTO experiments (experiment_id, name, creation_time, last_update_time)
            SELECT COALESCE(MAX(experiment_id), 0) + 1, @name, @time, @time FROM experiments
            WHERE TRUE ON CONFLICT (name) DO NOTHING
            """,
            new { name, time = now.ToUnixTimeMilliseconds() });
        return (await FindByNameAsync(name))!.Id;
    }

    /// <summary>The experiment, or null where there is none of that number.</summary>
    public async Task<Experiment?> FindAsync(ExperimentId id) =>
        (await ReadAsync(Select + "WHERE experiment_id = @id", new { id = id.Value })).SingleOrDefault();

    /// <summary>The experiment of that name, or null.</summary>
    public async Task<Experiment?> FindByNameAsync(string name) =>
        (await ReadAsync(Select + "WHERE name = @name", new { name })).SingleOrDefault();

    /// <summary>The experiments of a page that a search selects.</summary>
    internal Task<IReadOnlyList<Experiment>> SearchAsync(Search.SqlSearch search) =>
        ReadAsync(Select + "AS e " + search.Clauses, search.Parameters);

    private async Task<IReadOnlyList<Experiment>> ReadAsync(string sql, object parameters)
    {
        IReadOnlyList<ExperimentRow> rows = await transaction.QueryAsync<ExperimentRow>(sql, parameters);
        ILookup<long, TagRow> tags = (await transaction.QueryAsync<TagRow>(
                "SELECT experiment_id AS owner, key, value FROM experiment_tags WHERE experiment_id IN @ids ORDER BY key",
                new { ids = rows.Select(r => r.ExperimentId) }))
            .ToLookup(t => t.Owner);
        return [.. rows.Select(r => new Experiment(
            new ExperimentId(r.ExperimentId),
            r.Name,
            r.LifecycleStage != Stage.Active,
            DateTimeOffset.FromUnixTimeMilliseconds(r.CreationTime),
            DateTimeOffset.FromUnixTimeMilliseconds(r.LastUpdateTime),
            new OrderedDictionary<string, string>(tags[r.ExperimentId].Select(t => KeyValuePair.Create(t.Key, t.Value)))))];
    }

    private sealed class ExperimentRow
    {
        public long ExperimentId { get; init; }

        public string Name { get; init; } = "";

        public string LifecycleStage { get; init; } = "";

        public long CreationTime { get; init; }

        public long LastUpdateTime { get; init; }
    }

    private sealed class TagRow
    {
        public long Owner { get; init; }

        public string Key { get; init; } = "";

        public string Value { get; init; } = "";
    }
}
