using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Tracking;

/// <summary>The metrics of the runs, within one transaction: every point ever logged, and the latest of each metric.</summary>
public sealed class MetricStore(StateTransaction transaction)
{
    /// <summary>Ids in one query: well below the number of parameters that SQLite (32,766) and PostgreSQL (65,535) take.</summary>
    internal const int IdsPerQuery = 1000;

    /// <summary>
    /// Appends points as a client logged them: only a point that is equal in everything, its time too, is not kept twice. Otherwise as
    /// <see cref="LogAsync"/>.
    /// </summary>
    public Task AppendAsync(RunId run, IReadOnlyList<MetricPoint> points) =>
        AddAsync(run, points, "INSERT INTO run_metrics (run_id, key, step, timestamp, value, is_nan) VALUES (@run, @Key, @Step, @time, @value, @isNan) ON CONFLICT DO NOTHING");

    /// <summary>
    /// Appends points. One whose key, step and value are stored already is the same point logged again (an epoch reported twice) and is not kept
    /// twice. The infinities are kept as the greatest finite doubles, as MLflow's SQL stores keep them.
    /// </summary>
    public Task LogAsync(RunId run, IReadOnlyList<MetricPoint> points) =>
        AddAsync(
            run,
            points,
            """
            INSERT INTO run_metrics (run_id, key, step, timestamp, value, is_nan)
            SELECT @run, @Key, @Step, @time, @value, @isNan
            WHERE NOT EXISTS (
              SELECT 1 FROM run_metrics WHERE run_id = @run AND key = @Key AND step = @Step AND value = @value AND is_nan = @isNan)
            """);

    /// <summary>All points of a metric in the order of their times, then steps, then values; none where the run has no such metric.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">The metric.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="offset">Points to skip.</param>
    public async Task<IReadOnlyList<MetricPoint>> HistoryAsync(RunId run, string key, int limit = int.MaxValue, long offset = 0) =>
        [.. (await transaction.QueryAsync<MetricRow>(
            """
            SELECT run_id, key, step, timestamp, value, is_nan FROM run_metrics WHERE run_id = @run AND key = @key
            ORDER BY timestamp, step, is_nan, value LIMIT @limit OFFSET @offset
            """,
            new { run = run.Value, key, limit, offset })).Select(r => r.Point)];

    /// <summary>All points of one metric of several runs, by step; none for a run that has no such metric.</summary>
    public async Task<IReadOnlyDictionary<RunId, IReadOnlyList<MetricPoint>>> HistoriesAsync(IReadOnlyList<RunId> runs, string key)
    {
        Dictionary<RunId, IReadOnlyList<MetricPoint>> found = runs.ToDictionary(static r => r, IReadOnlyList<MetricPoint> (_) => []);
        foreach (RunId[] some in runs.Chunk(IdsPerQuery))
        {
            IReadOnlyList<MetricRow> rows = await transaction.QueryAsync<MetricRow>(
                "SELECT run_id, key, step, timestamp, value, is_nan FROM run_metrics WHERE run_id IN @ids AND key = @key ORDER BY run_id, step, timestamp, value",
                new { ids = some.Select(static r => r.Value), key });
            foreach (IGrouping<string, MetricRow> run in rows.GroupBy(static r => r.RunId))
            {
                found[new RunId(run.Key)] = [.. run.Select(static r => r.Point)];
            }
        }

        return found;
    }

    /// <summary>What runs measured of a metric at a step; runs that measured nothing there are absent.</summary>
    public async Task<IReadOnlyDictionary<RunId, double>> AtStepAsync(IReadOnlyList<RunId> runs, string key, long step)
    {
        Dictionary<RunId, double> found = [];
        foreach (RunId[] some in runs.Chunk(IdsPerQuery))
        {
            foreach (MetricRow row in await transaction.QueryAsync<MetricRow>(
                "SELECT run_id, key, step, timestamp, value, is_nan FROM run_metrics WHERE run_id IN @ids AND key = @key AND step = @step",
                new { ids = some.Select(static r => r.Value), key, step }))
            {
                found[new RunId(row.RunId)] = row.Point.Value;
            }
        }

        return found;
    }

    internal async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricPoint>>> LatestAsync(IReadOnlyList<string> runs)
    {
        Dictionary<string, OrderedDictionary<string, MetricPoint>> found = runs.ToDictionary(r => r, _ => new OrderedDictionary<string, MetricPoint>());
        foreach (string[] ids in runs.Chunk(IdsPerQuery))
        {
            foreach (MetricRow row in await transaction.QueryAsync<MetricRow>(
                "SELECT run_id, key, step, timestamp, value, is_nan FROM run_latest_metrics WHERE run_id IN @ids ORDER BY key", new { ids }))
            {
                found[row.RunId].Add(row.Key, row.Point);
            }
        }

        return found.ToDictionary(f => f.Key, IReadOnlyDictionary<string, MetricPoint> (f) => f.Value);
    }

    private async Task AddAsync(RunId run, IReadOnlyList<MetricPoint> points, string insert)
    {
        foreach (MetricPoint point in points)
        {
            var row = new
            {
                run = run.Value,
                point.Key,
                point.Step,
                time = point.Time.ToUnixTimeMilliseconds(),
                value = double.IsNaN(point.Value) ? 0 : Math.Clamp(point.Value, double.MinValue, double.MaxValue),
                isNan = double.IsNaN(point.Value) ? 1 : 0,
            };
            if (await transaction.ExecuteAsync(insert, row) > 0)
            {
                await transaction.ExecuteAsync(UpdateLatest, row);
            }
        }
    }

    // The latest point is the greatest (step, timestamp, value), whatever the order of arrival; a value that is not a number is below every number.
    private const string UpdateLatest =
        """
        INSERT INTO run_latest_metrics AS latest (run_id, key, step, timestamp, value, is_nan)
        VALUES (@run, @Key, @Step, @time, @value, @isNan)
        ON CONFLICT (run_id, key) DO UPDATE
        SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
        WHERE (excluded.step, excluded.timestamp, 1 - excluded.is_nan, excluded.value)
            > (latest.step, latest.timestamp, 1 - latest.is_nan, latest.value)
        """;

    private sealed class MetricRow
    {
        public string RunId { get; init; } = "";

        public string Key { get; init; } = "";

        public long Step { get; init; }

        public long Timestamp { get; init; }

        public double Value { get; init; }

        public long IsNan { get; init; }

        public MetricPoint Point =>
            new(Key, IsNan != 0 ? double.NaN : Value, Step, DateTimeOffset.FromUnixTimeMilliseconds(Timestamp));
    }
}
