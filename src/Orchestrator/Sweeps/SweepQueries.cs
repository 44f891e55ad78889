using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>Reads sweeps, trials and logs; safe beside a running orchestrator, also from another process.</summary>
public sealed class SweepQueries(StateDatabase state)
{
    /// <summary>All sweeps, the newest first.</summary>
    public Task<IReadOnlyList<SweepSummary>> ListAsync(CancellationToken cancellationToken) => state.ReadAsync<IReadOnlyList<SweepSummary>>(
        async transaction =>
        {
            List<SweepSummary> summaries = [];
            foreach (SweepRecord sweep in await new SweepStore(transaction).ListAsync())
            {
                IReadOnlyList<TrialRecord> trials = await new TrialStore(transaction).OfSweepAsync(sweep.Id);
                double? best = TrialRecord.Best(trials, sweep.Definition.Objective)?.Objective(sweep.Definition.Objective);
                summaries.Add(new(sweep.Id, sweep.State, sweep.Submitted, trials.Count, trials.Count(static t => t.IsFinal), best, sweep.Failure));
            }

            return summaries;
        },
        cancellationToken);

    /// <summary>The sweep that a person means: its id, the beginning of one, or its name (the newest of that name).</summary>
    /// <exception cref="BadInputException">There is none, or the beginning fits several.</exception>
    public async Task<SweepId> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        IReadOnlyList<SweepRecord> sweeps = await state.ReadAsync(static t => new SweepStore(t).ListAsync(), cancellationToken);
        if (sweeps.FirstOrDefault(s => s.Id.Value == text || s.Definition.Name == text) is { } exact)
        {
            return exact.Id;
        }

        SweepRecord[] found = [.. sweeps.Where(s => s.Id.Value.StartsWith(text, StringComparison.Ordinal))];
        return found switch
        {
            [var one] => one.Id,
            [] => throw new BadInputException(
                $"No sweep is named '{text}'. {(sweeps.Count == 0 ? "None was submitted yet." : NearestName.Suggest(text, [.. sweeps.Select(static s => s.Id.Value)]))}"),
            _ => throw new BadInputException($"'{text}' fits several sweeps: {string.Join(", ", found.Select(static s => s.Id))}. Write more of the id."),
        };
    }

    /// <summary>The sweep's definition.</summary>
    public Task<SweepDefinition> DefinitionAsync(SweepId id, CancellationToken cancellationToken) =>
        state.ReadAsync(async t => (await GetAsync(t, id)).Definition, cancellationToken);

    /// <summary>The result table so far.</summary>
    public Task<IReadOnlyList<TrialRow>> TrialsAsync(SweepId id, CancellationToken cancellationToken) => state.ReadAsync<IReadOnlyList<TrialRow>>(
        async transaction =>
        {
            ObjectiveSpec objective = (await GetAsync(transaction, id)).Definition.Objective;
            return [.. (await new TrialStore(transaction).OfSweepAsync(id)).Select(t => TrialRow.Of(t, objective))];
        },
        cancellationToken);

    /// <summary>How far the sweep is.</summary>
    /// <param name="id">The sweep.</param>
    /// <param name="since">What was done when measuring of the rate began, and how long ago that was; null for no estimate of the time left.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<SweepProgress> ProgressAsync(SweepId id, ProgressBaseline? since, CancellationToken cancellationToken) => state.ReadAsync(
        async transaction =>
        {
            SweepRecord sweep = await GetAsync(transaction, id);
            ObjectiveSpec objective = sweep.Definition.Objective;
            IReadOnlyList<TrialRecord> trials = await new TrialStore(transaction).OfSweepAsync(id);
            int shardsDone = sweep.State == SweepState.Preparing
                ? (await new TaskStore(transaction).OfOwnerAsync(sweep.FeatureSet.Value)).Count(static t => t.State == TaskState.Succeeded)
                : sweep.Shards;
            int epochsDone = trials.Sum(static t => t.Epoch);
            int epochs = trials.Sum(static t => t.IsFinal ? t.Epoch : t.Spec.Train.Epochs);
            return new SweepProgress
            {
                Sweep = id,
                State = sweep.State,
                Failure = sweep.Failure,
                Objective = objective,
                ShardsDone = shardsDone,
                Shards = sweep.Shards,
                Trials = [.. trials.Select(t => TrialRow.Of(t, objective))],
                ConfigurationNames = sweep.Definition.ConfigurationNames,
                Best = TrialRecord.Best(trials, objective) is { } best ? TrialRow.Of(best, objective) : null,
                RegisteredVersion = sweep.RegisteredVersion,
                Register = sweep.Definition.Register,
                Deploy = sweep.Deploy,
                Builds = sweep is { RegisteredVersion: { } version, Deploy: { } deploy, Definition.Register: { } register }
                    ? await BuildQueries.OfAsync(transaction, register.Model, version, deploy.Targets.Select(static d => d.Name))
                    : [],
                ClipsPerSecond = trials.Where(static t => t.State == TrialState.Running).Sum(static t => t.ClipsPerSecond ?? 0),
                EpochsDone = epochsDone,
                Epochs = epochs,
                SecondsLeft = since?.SecondsLeft(epochsDone, epochs),
            };
        },
        cancellationToken);

    /// <summary>Lines of a trial's log after one (null: from the start).</summary>
    public Task<IReadOnlyList<LogLine>> LogAsync(TrialId trial, LogLine? after, CancellationToken cancellationToken) =>
        state.ReadAsync(t => new TaskLogStore(t).ReadAsync(TaskId.For(trial), after), cancellationToken);

    private static async Task<SweepRecord> GetAsync(StateTransaction transaction, SweepId id) =>
        await new SweepStore(transaction).FindAsync(id) ?? throw new BadInputException($"There is no sweep '{id}'. List them with `pipeline status`.");
}

/// <summary>Where a rate is measured from: epochs done then, and the seconds since.</summary>
public sealed record ProgressBaseline(int EpochsDone, double Seconds)
{
    /// <summary>Seconds left at the rate so far; null before the first epoch.</summary>
    public double? SecondsLeft(int epochsDone, int epochs) =>
        epochsDone > EpochsDone ? Seconds / (epochsDone - EpochsDone) * (epochs - epochsDone) : null;
}
