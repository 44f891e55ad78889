using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Tracking;

/// <summary>
/// The runs of the state database, within one transaction. Every write may be repeated: the second changes nothing, so a trial that is taken over
/// by another worker writes on in the same run.
/// </summary>
public sealed class RunStore(StateTransaction transaction)
{
    /// <summary>The tag that repeats a run's name.</summary>
    internal const string NameTag = "mlflow.runName";

    private const string Select =
        "SELECT r.run_id, r.experiment_id, r.run_name, r.user_id, r.status, r.start_time, r.end_time, r.artifact_uri, r.lifecycle_stage FROM runs r ";

    /// <summary>Makes a running run, or leaves the one of that id as it is.</summary>
    /// <param name="id">The run.</param>
    /// <param name="experiment">The experiment it belongs to.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="user">Who starts it.</param>
    /// <param name="now">When it starts.</param>
    /// <exception cref="BadInputException">There is no such experiment.</exception>
    public async Task CreateAsync(RunId id, ExperimentId experiment, string name, string user, DateTimeOffset now)
    {
        Experiment folder = await new ExperimentStore(transaction).FindAsync(experiment)
            ?? throw new BadInputException($"No Experiment with id={experiment} exists");
        await transaction.ExecuteAsync(
            """
            INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri)
            VALUES (@id, @experiment, @name, @user, @status, @time, @uri)
            ON CONFLICT (run_id) DO NOTHING
            """,
            new
            {
                id = id.Value,
                experiment = experiment.Value,
                name,
                user,
                status = Name(RunStatus.Running),
                time = now.ToUnixTimeMilliseconds(),
                uri = $"{folder.ArtifactLocation}/{id}/artifacts",
            });
        await SetTagsAsync(id, new Dictionary<string, string> { [NameTag] = name, ["mlflow.user"] = user });
    }

    /// <summary>Ends a run, or opens it again with <see cref="RunStatus.Running"/>.</summary>
    public Task SetStatusAsync(RunId id, RunStatus status, DateTimeOffset now) =>
        transaction.ExecuteAsync(
            "UPDATE runs SET status = @status, end_time = @time WHERE run_id = @id",
            new
            {
                id = id.Value,
                status = Name(status),
                time = status is RunStatus.Running or RunStatus.Scheduled ? (long?)null : now.ToUnixTimeMilliseconds(),
            });

    /// <summary>Changes what a run is; null leaves a thing as it is.</summary>
    /// <param name="id">The run.</param>
    /// <param name="name">Its name, which its tag <c>mlflow.runName</c> repeats.</param>
    /// <param name="status">How it stands.</param>
    /// <param name="ended">When it ended.</param>
    public async Task UpdateAsync(RunId id, string? name, RunStatus? status, DateTimeOffset? ended)
    {
        await transaction.ExecuteAsync(
            """
            UPDATE runs SET run_name = COALESCE(@name, run_name), status = COALESCE(@status, status), end_time = COALESCE(@ended, end_time)
            WHERE run_id = @id
            """,
            new { id = id.Value, name, status = status is { } s ? Name(s) : null, ended = ended?.ToUnixTimeMilliseconds() });
        if (name is not null)
        {
            await SetTagsAsync(id, new Dictionary<string, string> { [NameTag] = name });
        }
    }

    /// <summary>Deletes a run, or restores it. Nothing is lost.</summary>
    public Task SetDeletedAsync(RunId id, bool deleted) =>
        transaction.ExecuteAsync("UPDATE runs SET lifecycle_stage = @stage WHERE run_id = @id", new { id = id.Value, stage = Stage.Name(deleted) });

    /// <summary>Writes parameters. They never change: the same value again is fine.</summary>
    /// <exception cref="BadInputException">A parameter has another value already.</exception>
    public async Task LogParamsAsync(RunId id, IReadOnlyDictionary<string, string> parameters)
    {
        foreach ((string key, string value) in parameters)
        {
            await transaction.ExecuteAsync(
                "INSERT INTO run_params (run_id, key, value) VALUES (@id, @key, @value) ON CONFLICT (run_id, key) DO NOTHING",
                new { id = id.Value, key, value });
            string? stored = await transaction.QuerySingleOrDefaultAsync<string>(
                "SELECT value FROM run_params WHERE run_id = @id AND key = @key", new { id = id.Value, key });
            if (stored != value)
            {
                throw new BadInputException(
                    $"Changing param values is not allowed. Param with key='{key}' was already logged with value='{stored}' for run ID='{id}'. " +
                    $"Attempted logging new value '{value}'.");
            }
        }
    }

    /// <summary>Writes tags; the last value of a key counts.</summary>
    public async Task SetTagsAsync(RunId id, IReadOnlyDictionary<string, string> tags)
    {
        foreach ((string key, string value) in tags)
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO run_tags (run_id, key, value) VALUES (@id, @key, @value)
                ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value
                """,
                new { id = id.Value, key, value });
        }
    }

    /// <summary>Takes a tag away; says whether it was there.</summary>
    public async Task<bool> DeleteTagAsync(RunId id, string key) =>
        await transaction.ExecuteAsync("DELETE FROM run_tags WHERE run_id = @id AND key = @key", new { id = id.Value, key }) > 0;

    /// <summary>A tag's value; null where the run has no such tag.</summary>
    public Task<string?> FindTagAsync(RunId id, string key) =>
        transaction.QuerySingleOrDefaultAsync<string>("SELECT value FROM run_tags WHERE run_id = @id AND key = @key", new { id = id.Value, key });

    /// <summary>Names a file of a run: clients ask for <paramref name="path"/> and get the blob's bytes. The last blob of a path counts.</summary>
    public Task SetArtifactAsync(RunId id, string path, string blob) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO run_artifacts (run_id, path, blob) VALUES (@id, @path, @blob)
            ON CONFLICT (run_id, path) DO UPDATE SET blob = excluded.blob
            """,
            new { id = id.Value, path, blob });

    /// <summary>Takes a file of a run away; its blob stays.</summary>
    public Task DeleteArtifactAsync(RunId id, string path) =>
        transaction.ExecuteAsync("DELETE FROM run_artifacts WHERE run_id = @id AND path = @path", new { id = id.Value, path });

    /// <summary>The files of a run in the order of their paths.</summary>
    public Task<IReadOnlyList<RunArtifact>> ArtifactsAsync(RunId id) =>
        transaction.QueryAsync<RunArtifact>("SELECT path, blob FROM run_artifacts WHERE run_id = @id ORDER BY path", new { id = id.Value });

    /// <summary>What the run is, without what it measured; null where there is none of that id.</summary>
    public async Task<RunInfo?> FindInfoAsync(RunId id) =>
        (await transaction.QueryAsync<RunRow>(Select + "WHERE r.run_id = @id", new { id = id.Value })).SingleOrDefault()?.Info;

    /// <summary>The run, or null where there is none of that id.</summary>
    public async Task<Run?> FindAsync(RunId id) =>
        (await ReadAsync(Select + "WHERE r.run_id = @id", new { id = id.Value })).SingleOrDefault();

    /// <summary>The runs that are not deleted and that a filter of MLflow's search grammar selects.</summary>
    /// <param name="filter">For example <c>metrics.val/accuracy &gt; 0.9 AND params.model.tau = '1.5'</c>; null for all.</param>
    /// <param name="orderBy">For example <c>metrics.val/accuracy DESC</c>; null for the newest first.</param>
    /// <param name="experiment">Only those of this experiment; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <exception cref="BadInputException">The filter or the order is not of the grammar.</exception>
    public Task<IReadOnlyList<Run>> ListAsync(string? filter, string? orderBy, ExperimentId? experiment, int limit)
    {
        Search.SqlSearch search = new Search.SqlSearch(Search.SearchTarget.Runs).Filter(filter).OrderBy(orderBy is null ? [] : [orderBy]).Take(limit);
        search.Where($"r.lifecycle_stage = {search.Parameter(Stage.Active)}");
        if (experiment is { } only)
        {
            search.Where($"r.experiment_id = {search.Parameter(only.Value)}");
        }

        return SearchAsync(search);
    }

    /// <summary>The runs whose ids begin with a text, at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<Run>> ListByPrefixAsync(string prefix, int limit) =>
        ReadAsync(Select + "WHERE SUBSTR(r.run_id, 1, LENGTH(@prefix)) = @prefix ORDER BY r.run_id LIMIT @limit", new { prefix, limit });

    /// <summary>The runs of a page that a search selects.</summary>
    internal Task<IReadOnlyList<Run>> SearchAsync(Search.SqlSearch search) => ReadAsync(Select + search.Clauses, search.Parameters);

    private async Task<IReadOnlyList<Run>> ReadAsync(string sql, object parameters)
    {
        IReadOnlyList<RunRow> rows = await transaction.QueryAsync<RunRow>(sql, parameters);
        ILookup<string, KeyValueRow> values = await ReadValuesAsync("run_params", rows);
        ILookup<string, KeyValueRow> tags = await ReadValuesAsync("run_tags", rows);
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricPoint>> metrics =
            await new MetricStore(transaction).LatestAsync([.. rows.Select(r => r.RunId)]);
        ILookup<string, RunDataset> datasets = await new DatasetStore(transaction).OfRunsAsync([.. rows.Select(r => r.RunId)]);
        return [.. rows.Select(r => new Run(r.Info, ByKey(values[r.RunId]), ByKey(tags[r.RunId]), metrics[r.RunId], [.. datasets[r.RunId]]))];
    }

    private async Task<ILookup<string, KeyValueRow>> ReadValuesAsync(string table, IReadOnlyList<RunRow> runs)
    {
        List<KeyValueRow> rows = [];
        foreach (RunRow[] some in runs.Chunk(MetricStore.IdsPerQuery))
        {
            rows.AddRange(await transaction.QueryAsync<KeyValueRow>(
                $"SELECT run_id, key, value FROM {table} WHERE run_id IN @ids ORDER BY key", new { ids = some.Select(r => r.RunId) }));
        }

        return rows.ToLookup(r => r.RunId);
    }

    private static OrderedDictionary<string, string> ByKey(IEnumerable<KeyValueRow> rows) =>
        new(rows.Select(r => KeyValuePair.Create(r.Key, r.Value)));

    private static string Name(RunStatus status) => status.ToString().ToUpperInvariant();

    private sealed class RunRow
    {
        public string RunId { get; init; } = "";

        public long ExperimentId { get; init; }

        public string RunName { get; init; } = "";

        public string UserId { get; init; } = "";

        public string Status { get; init; } = "";

        public long StartTime { get; init; }

        public long? EndTime { get; init; }

        public string ArtifactUri { get; init; } = "";

        public string LifecycleStage { get; init; } = "";

        public RunInfo Info => new(
            new RunId(RunId),
            new ExperimentId(ExperimentId),
            RunName,
            UserId,
            Enum.Parse<RunStatus>(Status, ignoreCase: true),
            DateTimeOffset.FromUnixTimeMilliseconds(StartTime),
            EndTime is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null,
            ArtifactUri,
            LifecycleStage != Stage.Active);
    }

    private sealed class KeyValueRow
    {
        public string RunId { get; init; } = "";

        public string Key { get; init; } = "";

        public string Value { get; init; } = "";
    }
}
