using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>The sweeps of the state database, within one transaction.</summary>
internal sealed class SweepStore(StateTransaction transaction)
{
    private const string Select =
        "SELECT id, state, definition, feature_set, shards, code_version, failure, registered_version, deploy, submitted FROM sweeps ";

    private const string Update = "UPDATE sweeps SET state = @state, failure = @failure, registered_version = @version WHERE id = @id";

    /// <summary>Stores a new sweep; one that is there is left as it is.</summary>
    public Task AddAsync(SweepRecord sweep) => transaction.ExecuteAsync(
        """
        INSERT INTO sweeps (id, name, state, definition, feature_set, shards, code_version, deploy, submitted)
        VALUES (@id, @name, @state, @definition, @featureSet, @shards, @codeVersion, @deploy, @submitted)
        ON CONFLICT (id) DO NOTHING
        """,
        new
        {
            id = sweep.Id.Value,
            name = sweep.Definition.Name,
            state = StateName.Of(sweep.State),
            definition = JsonSerializer.Serialize(sweep.Definition, OrchestratorJson.Default.SweepDefinition),
            featureSet = sweep.FeatureSet.Value,
            shards = sweep.Shards,
            codeVersion = sweep.CodeVersion,
            deploy = Json(sweep.Deploy),
            submitted = sweep.Submitted.ToUnixTimeMilliseconds(),
        });

    /// <summary>Changes what is done with a sweep's version; gives whether it was something else before.</summary>
    public async Task<bool> SetDeployAsync(SweepId id, DeploySpec? deploy) => await transaction.ExecuteAsync(
        "UPDATE sweeps SET deploy = @deploy WHERE id = @id AND COALESCE(deploy, '') <> COALESCE(@deploy, '')", new { id = id.Value, deploy = Json(deploy) }) > 0;

    /// <summary>The sweep, or null.</summary>
    public async Task<SweepRecord?> FindAsync(SweepId id) => (await ReadAsync(Select + "WHERE id = @id", new { id = id.Value })).SingleOrDefault();

    /// <summary>All sweeps, the newest first.</summary>
    public Task<IReadOnlyList<SweepRecord>> ListAsync() => ReadAsync(Select + "ORDER BY submitted DESC, id", new { });

    /// <summary>
    /// Stores where a sweep stands now, if it still stands where the step was decided; else gives false and stores nothing, for another
    /// orchestrator has taken the step.
    /// </summary>
    public async Task<bool> TryMoveAsync(SweepState from, SweepRecord sweep) =>
        await transaction.ExecuteAsync(Update + " AND state = @from", ValuesOf(sweep, from)) > 0;

    /// <summary>Stores where a sweep stands now.</summary>
    public Task UpdateAsync(SweepRecord sweep) => transaction.ExecuteAsync(Update, ValuesOf(sweep, sweep.State));

    private async Task<IReadOnlyList<SweepRecord>> ReadAsync(string sql, object parameters) =>
        [.. (await transaction.QueryAsync<Row>(sql, parameters)).Select(static row => row.Sweep)];

    private static object ValuesOf(SweepRecord sweep, SweepState from) => new
    {
        id = sweep.Id.Value,
        state = StateName.Of(sweep.State),
        failure = sweep.Failure,
        version = sweep.RegisteredVersion,
        from = StateName.Of(from),
    };

    private static string? Json(DeploySpec? deploy) => deploy is null ? null : JsonSerializer.Serialize(deploy, OrchestratorJson.Default.DeploySpec);

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string State { get; init; } = "";

        public string Definition { get; init; } = "";

        public string FeatureSet { get; init; } = "";

        public int Shards { get; init; }

        public string CodeVersion { get; init; } = "";

        public string? Failure { get; init; }

        public long? RegisteredVersion { get; init; }

        public string? Deploy { get; init; }

        public long Submitted { get; init; }

        public SweepRecord Sweep => new()
        {
            Id = new SweepId(Id),
            State = StateName.Parse<SweepState>(State),
            Definition = JsonSerializer.Deserialize(Definition, OrchestratorJson.Default.SweepDefinition)!,
            FeatureSet = new FeatureSetId(FeatureSet),
            Shards = Shards,
            CodeVersion = CodeVersion,
            Failure = Failure,
            RegisteredVersion = RegisteredVersion,
            Deploy = Deploy is null ? null : JsonSerializer.Deserialize(Deploy, OrchestratorJson.Default.DeploySpec),
            Submitted = DateTimeOffset.FromUnixTimeMilliseconds(Submitted),
        };
    }
}
