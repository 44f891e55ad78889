using Pipeline.Storage.State;

namespace Pipeline.Registry.Tracking;

/// <summary>The experiments of the state database, within one transaction.</summary>
public sealed class ExperimentStore(StateTransaction transaction)
{
    private const string Select =
        "SELECT experiment_id, name, lifecycle_stage, creation_time, last_update_time, artifact_location FROM experiments ";

    /// <summary>Makes an experiment; null where there is one of that name already, deleted or not.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="artifactLocation">Where clients keep the files of its runs; null: through this server.</param>
    /// <param name="now">When.</param>
    public async Task<ExperimentId?> TryCreateAsync(string name, string? artifactLocation, DateTimeOffset now)
    {
        int made = await transaction.ExecuteAsync(
            """
            INSERT INTO experiments (experiment_id, name, creation_time, last_update_time, artifact_location)
            SELECT COALESCE(MAX(experiment_id), 0) + 1, @name, @time, @time, @artifactLocation FROM experiments
            WHERE TRUE ON CONFLICT (name) DO NOTHING
            """,
            new { name, time = now.ToUnixTimeMilliseconds(), artifactLocation });
        return made == 0 ? null : (await FindByNameAsync(name))!.Id;
    }

    /// <summary>The experiment of that name, made where there is none.</summary>
    public async Task<ExperimentId> EnsureAsync(string name, DateTimeOffset now)
    {
        await TryCreateAsync(name, artifactLocation: null, now);
        return (await FindByNameAsync(name))!.Id;
    }

    /// <summary>Gives an experiment another name, which no other one may have.</summary>
    public Task RenameAsync(ExperimentId id, string name, DateTimeOffset now) =>
        transaction.ExecuteAsync(
            "UPDATE experiments SET name = @name, last_update_time = @time WHERE experiment_id = @id",
            new { id = id.Value, name, time = now.ToUnixTimeMilliseconds() });

    /// <summary>Deletes an experiment with its runs, or restores both. Nothing is lost.</summary>
    public async Task SetDeletedAsync(ExperimentId id, bool deleted, DateTimeOffset now)
    {
        var row = new { id = id.Value, stage = Stage.Name(deleted), time = now.ToUnixTimeMilliseconds() };
        await transaction.ExecuteAsync("UPDATE experiments SET lifecycle_stage = @stage, last_update_time = @time WHERE experiment_id = @id", row);
        await transaction.ExecuteAsync("UPDATE runs SET lifecycle_stage = @stage WHERE experiment_id = @id", row);
    }

    /// <summary>Writes a tag; the last value of a key counts.</summary>
    public Task SetTagAsync(ExperimentId id, string key, string value) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO experiment_tags (experiment_id, key, value) VALUES (@id, @key, @value)
            ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value
            """,
            new { id = id.Value, key, value });

    /// <summary>Takes a tag away; says whether it was there.</summary>
    public async Task<bool> DeleteTagAsync(ExperimentId id, string key) =>
        await transaction.ExecuteAsync("DELETE FROM experiment_tags WHERE experiment_id = @id AND key = @key", new { id = id.Value, key }) > 0;

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
            new OrderedDictionary<string, string>(tags[r.ExperimentId].Select(t => KeyValuePair.Create(t.Key, t.Value))),
            r.ArtifactLocation ?? $"mlflow-artifacts:/{r.ExperimentId}"))];
    }

    private sealed class ExperimentRow
    {
        public long ExperimentId { get; init; }

        public string Name { get; init; } = "";

        public string LifecycleStage { get; init; } = "";

        public long CreationTime { get; init; }

        public long LastUpdateTime { get; init; }

        public string? ArtifactLocation { get; init; }
    }

    private sealed class TagRow
    {
        public long Owner { get; init; }

        public string Key { get; init; } = "";

        public string Value { get; init; } = "";
    }
}
