using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>The trials of the state database, within one transaction.</summary>
internal sealed class TrialStore(StateTransaction transaction)
{
    private const string Select =
        "SELECT number, configuration, state, parameters, spec, epoch, metrics, clips_per_second, result, failure FROM trials ";

    /// <summary>Stores new trials; those that are there are left as they are.</summary>
    public async Task AddAsync(IEnumerable<PlannedTrial> trials)
    {
        foreach (PlannedTrial trial in trials)
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO trials (sweep, number, configuration, state, parameters, spec)
                VALUES (@sweep, @number, @configuration, 'waiting', @parameters, @spec)
                ON CONFLICT (sweep, number) DO NOTHING
                """,
                new
                {
                    sweep = trial.Spec.Trial.Sweep.Value,
                    number = trial.Spec.Trial.Number,
                    configuration = trial.Configuration,
                    parameters = JsonSerializer.Serialize(trial.Parameters, ContractsJson.Default.SortedDictionaryStringParameterValue),
                    spec = JsonSerializer.Serialize(trial.Spec, ContractsJson.Default.TrialSpec),
                });
        }
    }

    /// <summary>The trials of a sweep by number.</summary>
    public Task<IReadOnlyList<TrialRecord>> OfSweepAsync(SweepId sweep) =>
        ReadAsync(Select + "WHERE sweep = @sweep ORDER BY number", new { sweep = sweep.Value });

    /// <summary>How many trials of a sweep have not ended.</summary>
    public Task<int> CountOpenAsync(SweepId sweep) => transaction.QuerySingleOrDefaultAsync<int>(
        "SELECT CAST(COUNT(*) AS INTEGER) FROM trials WHERE sweep = @sweep AND state IN ('waiting', 'running')", new { sweep = sweep.Value });

    /// <summary>The trial.</summary>
    public async Task<TrialRecord> GetAsync(TrialId trial) => (await ReadAsync(
        Select + "WHERE sweep = @sweep AND number = @number", new { sweep = trial.Sweep.Value, number = trial.Number })).Single();

    /// <summary>The trials of a model that ended well, whatever their sweep, the newest sweep first: what an estimate is made from.</summary>
    public Task<IReadOnlyList<TrialRecord>> FinishedOfModelAsync(string model, int limit) => ReadAsync(
        """
        SELECT number, configuration, t.state, parameters, spec, epoch, metrics, clips_per_second, result, t.failure
        FROM trials t JOIN sweeps s ON s.id = t.sweep
        WHERE t.state = 'succeeded' AND t.clips_per_second > 0 AND s.definition LIKE @pattern ORDER BY s.submitted DESC, number LIMIT @limit
        """,
        new { pattern = $"%\"model\":\"{model}\"%", limit });

    /// <summary>Stores where a trial stands now.</summary>
    public Task UpdateAsync(TrialRecord trial) => transaction.ExecuteAsync(
        """
        UPDATE trials SET state = @state, epoch = @Epoch, metrics = @metrics, clips_per_second = @ClipsPerSecond, result = @result, failure = @Failure
        WHERE sweep = @sweep AND number = @Number
        """,
        new
        {
            state = StateName.Of(trial.State),
            trial.Epoch,
            metrics = trial.Metrics is null ? null : JsonSerializer.Serialize(trial.Metrics, ContractsJson.Default.SortedDictionaryStringDouble),
            trial.ClipsPerSecond,
            result = trial.Result is null ? null : JsonSerializer.Serialize(trial.Result, ContractsJson.Default.TaskResult),
            trial.Failure,
            sweep = trial.Spec.Trial.Sweep.Value,
            trial.Number,
        });

    private async Task<IReadOnlyList<TrialRecord>> ReadAsync(string sql, object parameters) =>
        [.. (await transaction.QueryAsync<Row>(sql, parameters)).Select(static row => row.Trial)];

    private sealed class Row
    {
        public int Number { get; init; }

        public int Configuration { get; init; }

        public string State { get; init; } = "";

        public string Parameters { get; init; } = "";

        public string Spec { get; init; } = "";

        public int Epoch { get; init; }

        public string? Metrics { get; init; }

        public double? ClipsPerSecond { get; init; }

        public string? Result { get; init; }

        public string? Failure { get; init; }

        public TrialRecord Trial => new()
        {
            Number = Number,
            Configuration = Configuration,
            State = StateName.Parse<TrialState>(State),
            Parameters = JsonSerializer.Deserialize(Parameters, ContractsJson.Default.SortedDictionaryStringParameterValue)!,
            Spec = JsonSerializer.Deserialize(Spec, ContractsJson.Default.TrialSpec)!,
            Epoch = Epoch,
            Metrics = Metrics is null ? null : JsonSerializer.Deserialize(Metrics, ContractsJson.Default.SortedDictionaryStringDouble),
            ClipsPerSecond = ClipsPerSecond,
            Result = Result is null ? null : (TrialResult)JsonSerializer.Deserialize(Result, ContractsJson.Default.TaskResult)!,
            Failure = Failure,
        };
    }
}
