using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Registry.ModelVersions;

/// <summary>The registered models, their versions, aliases and the promotion log, within one transaction.</summary>
public sealed class ModelStore(StateTransaction transaction)
{
    private const string SelectModels = "SELECT m.name, m.description, m.creation_timestamp, m.last_updated_timestamp FROM registered_models m ";

    private const string SelectVersions =
        """
        SELECT v.name, v.version, v.description, v.source, v.run_id, v.user_id, v.model, v.creation_timestamp, v.last_updated_timestamp
        FROM model_versions v 
        """;

    /// <summary>Registers a model as the next version under a name, which is made where there is none. Numbers are never given again.</summary>
    /// <param name="name">The registered model; see <see cref="ModelNames.CheckModel"/>.</param>
    /// <param name="model">The model; its run gives the version's source.</param>
    /// <param name="user">Who registers it.</param>
    /// <param name="now">When.</param>
    /// <param name="description">Free text.</param>
    /// <exception cref="BadInputException">The name is not one, or the model's run is not in the registry.</exception>
    public async Task<long> AddVersionAsync(string name, ModelDescription model, string user, DateTimeOffset now, string description = "")
    {
        ModelNames.CheckModel(name);
        string artifacts = await transaction.QuerySingleOrDefaultAsync<string>(
                "SELECT artifact_uri FROM runs WHERE run_id = @run", new { run = model.Run.Value })
            ?? throw new BadInputException($"Run with id={model.Run} not found. A model version is registered from a run of this registry.");
        return await AddVersionAsync(name, $"{artifacts}/{ModelArtifacts.Folder}", model.Run, model, user, now, description);
    }

    /// <summary>Registers what a client says as the next version under a name, which is made where there is none.</summary>
    /// <param name="name">The registered model; see <see cref="ModelNames.CheckModel"/>.</param>
    /// <param name="source">Where MLflow's clients find its files.</param>
    /// <param name="run">The run that made it, where one did.</param>
    /// <param name="model">The model, where it was trained here.</param>
    /// <param name="user">Who registers it.</param>
    /// <param name="now">When.</param>
    /// <param name="description">Free text.</param>
    /// <exception cref="BadInputException">The name is not one.</exception>
    public async Task<long> AddVersionAsync(
        string name, string source, RunId? run, ModelDescription? model, string user, DateTimeOffset now, string description)
    {
        ModelNames.CheckModel(name);
        long time = now.ToUnixTimeMilliseconds();
        long version = await transaction.QuerySingleOrDefaultAsync<long>(
            """
            INSERT INTO registered_models (name, last_version, creation_timestamp, last_updated_timestamp) VALUES (@name, 1, @time, @time)
            ON CONFLICT (name) DO UPDATE
            SET last_version = registered_models.last_version + 1, last_updated_timestamp = excluded.last_updated_timestamp, deleted = 0
            RETURNING last_version
            """,
            new { name, time });
        await transaction.ExecuteAsync(
            """
            INSERT INTO model_versions (name, version, description, source, run_id, user_id, model, creation_timestamp, last_updated_timestamp)
            VALUES (@name, @version, @description, @source, @run, @user, @model, @time, @time)
            """,
            new
            {
                name,
                version,
                description,
                source,
                run = run?.Value ?? "",
                user,
                model = model is null ? "" : JsonSerializer.Serialize(model, ContractsJson.Default.ModelDescription),
                time,
            });
        return version;
    }

    /// <summary>Points an alias to a version and writes a line of the promotion log. An alias that points there already is left alone.</summary>
    /// <param name="name">The registered model.</param>
    /// <param name="alias">The alias; see <see cref="ModelNames.CheckAlias"/>.</param>
    /// <param name="version">The version; null removes the alias.</param>
    /// <param name="user">Who moves it.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="now">When.</param>
    /// <param name="kind">How it comes to move.</param>
    /// <param name="fleet">The fleet that gets the version; one that has not got it yet is written into the log though the alias stays.</param>
    /// <exception cref="BadInputException">The alias is not one, or there is no such version.</exception>
    public async Task SetAliasAsync(
        string name,
        string alias,
        long? version,
        string user,
        string reason,
        DateTimeOffset now,
        PromotionKind kind = PromotionKind.Set,
        string? fleet = null)
    {
        ModelNames.CheckAlias(alias);
        long? from = await transaction.QuerySingleOrDefaultAsync<long?>(
            "SELECT version FROM model_aliases WHERE name = @name AND alias = @alias", new { name, alias });
        if (from == version && (fleet is null || PromotionLog.Top(await HistoryAsync(name), alias)?.Fleets.Contains(fleet) == true))
        {
            return;
        }

        if (version is { } number)
        {
            await RequireVersionAsync(name, number);
        }

        await transaction.ExecuteAsync(
            version is null
                ? "DELETE FROM model_aliases WHERE name = @name AND alias = @alias"
                : """
                  INSERT INTO model_aliases (name, alias, version) VALUES (@name, @alias, @version)
                  ON CONFLICT (name, alias) DO UPDATE SET version = excluded.version
                  """,
            new { name, alias, version });
        await transaction.ExecuteAsync(
            """
            INSERT INTO promotion_log (name, sequence, alias, from_version, to_version, user_id, reason, timestamp, kind, fleet)
            SELECT @name, COALESCE(MAX(sequence), 0) + 1, @alias, @from, @version, @user, @reason, @time, @kind, @fleet
            FROM promotion_log WHERE name = @name
            """,
            new
            {
                name,
                alias,
                from,
                version,
                user,
                reason,
                time = now.ToUnixTimeMilliseconds(),
                kind = JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()),
                fleet,
            });
    }

    /// <summary>The promotion log of a model in the order it was written.</summary>
    public async Task<IReadOnlyList<Promotion>> HistoryAsync(string name) =>
        [.. (await transaction.QueryAsync<PromotionRow>(
            """
            SELECT name, sequence, alias, from_version, to_version, user_id, reason, timestamp, kind, fleet FROM promotion_log
            WHERE name = @name ORDER BY sequence
            """,
            new { name })).Select(r => r.Promotion)];

    /// <summary>The registered model, or null.</summary>
    public async Task<RegisteredModel?> FindModelAsync(string name) =>
        (await ReadModelsAsync(SelectModels + "WHERE m.name = @name AND m.deleted = 0", new { name })).SingleOrDefault();

    /// <summary>All registered models in the order of their names.</summary>
    public Task<IReadOnlyList<RegisteredModel>> ListModelsAsync() => ReadModelsAsync(SelectModels + "WHERE m.deleted = 0 ORDER BY m.name", new { });

    /// <summary>The version, or null.</summary>
    public async Task<ModelVersion?> FindVersionAsync(string name, long version) =>
        (await ReadVersionsAsync(SelectVersions + "WHERE v.name = @name AND v.version = @version", new { name, version })).SingleOrDefault();

    /// <summary>The version.</summary>
    /// <exception cref="BadInputException">It is not there, or was deleted.</exception>
    public async Task<ModelVersion> RequireVersionAsync(string name, long version) =>
        await FindVersionAsync(name, version) ?? throw new BadInputException(
            $"Model Version (name={name}, version={version}) not found. List what there is with `pipeline registry show {name}`.");

    /// <summary>The version that an alias points to, or null.</summary>
    public async Task<ModelVersion?> FindByAliasAsync(string name, string alias) =>
        (await ReadVersionsAsync(
            SelectVersions + "JOIN model_aliases a ON a.name = v.name AND a.version = v.version WHERE v.name = @name AND a.alias = @alias",
            new { name, alias })).SingleOrDefault();

    /// <summary>The versions of a model, the newest first.</summary>
    public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string name) =>
        ReadVersionsAsync(SelectVersions + "WHERE v.name = @name ORDER BY v.version DESC", new { name });

    /// <summary>The newest version of each of some models.</summary>
    internal Task<IReadOnlyList<ModelVersion>> LatestVersionsAsync(IReadOnlyList<string> names) =>
        ReadVersionsAsync(
            SelectVersions + "WHERE v.name IN @names AND v.version = (SELECT MAX(version) FROM model_versions w WHERE w.name = v.name)",
            new { names });

    /// <summary>The models of a page that a search selects.</summary>
    internal Task<IReadOnlyList<RegisteredModel>> SearchModelsAsync(Search.SqlSearch search) =>
        ReadModelsAsync(SelectModels + search.Where("m.deleted = 0").Clauses, search.Parameters);

    /// <summary>The versions of a page that a search selects.</summary>
    internal Task<IReadOnlyList<ModelVersion>> SearchVersionsAsync(Search.SqlSearch search) =>
        ReadVersionsAsync(SelectVersions + search.Clauses, search.Parameters);

    private async Task<IReadOnlyList<RegisteredModel>> ReadModelsAsync(string sql, object parameters)
    {
        IReadOnlyList<ModelRow> rows = await transaction.QueryAsync<ModelRow>(sql, parameters);
        object names = new { names = rows.Select(r => r.Name) };
        ILookup<string, TagRow> tags = (await transaction.QueryAsync<TagRow>(
            "SELECT name, key, value FROM registered_model_tags WHERE name IN @names ORDER BY key", names)).ToLookup(t => t.Name);
        ILookup<string, AliasRow> aliases = await AliasesAsync(names);
        return [.. rows.Select(r => new RegisteredModel(
            r.Name,
            r.Description,
            DateTimeOffset.FromUnixTimeMilliseconds(r.CreationTimestamp),
            DateTimeOffset.FromUnixTimeMilliseconds(r.LastUpdatedTimestamp),
            TagRow.ByKey(tags[r.Name]),
            new OrderedDictionary<string, long>(aliases[r.Name].Select(a => KeyValuePair.Create(a.Alias, a.Version)))))];
    }

    private async Task<IReadOnlyList<ModelVersion>> ReadVersionsAsync(string sql, object parameters)
    {
        IReadOnlyList<VersionRow> rows = await transaction.QueryAsync<VersionRow>(sql, parameters);
        object names = new { names = rows.Select(r => r.Name).Distinct() };
        ILookup<(string, long), TagRow> tags = (await transaction.QueryAsync<TagRow>(
            "SELECT name, version, key, value FROM model_version_tags WHERE name IN @names ORDER BY key", names)).ToLookup(t => (t.Name, t.Version));
        ILookup<string, AliasRow> aliases = await AliasesAsync(names);
        return [.. rows.Select(r => new ModelVersion(
            r.Name,
            r.Version,
            r.Description,
            r.Source,
            r.RunId.Length == 0 ? null : new RunId(r.RunId),
            r.UserId,
            r.Model.Length == 0 ? null : JsonSerializer.Deserialize(r.Model, ContractsJson.Default.ModelDescription),
            DateTimeOffset.FromUnixTimeMilliseconds(r.CreationTimestamp),
            DateTimeOffset.FromUnixTimeMilliseconds(r.LastUpdatedTimestamp),
            TagRow.ByKey(tags[(r.Name, r.Version)]),
            [.. aliases[r.Name].Where(a => a.Version == r.Version).Select(a => a.Alias)]))];
    }

    private async Task<ILookup<string, AliasRow>> AliasesAsync(object names) =>
        (await transaction.QueryAsync<AliasRow>("SELECT name, alias, version FROM model_aliases WHERE name IN @names ORDER BY alias", names))
        .ToLookup(a => a.Name);
}
