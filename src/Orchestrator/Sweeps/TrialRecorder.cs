using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>
/// Writes what happens to a trial's task into its trial and its run, in the same transaction: there is no moment at which a result is in one of
/// them and not in the others.
/// </summary>
internal sealed class TrialRecorder(TimeProvider time) : ITaskListener
{
    /// <inheritdoc/>
    public async Task ClaimedAsync(StateTransaction transaction, TaskRecord task)
    {
        if (task.Payload is not TrialTask { Spec: { } spec })
        {
            return;
        }

        TrialStore trials = new(transaction);
        TrialRecord trial = await trials.GetAsync(spec.Trial);
        if (trial.State == TrialState.Waiting)
        {
            await trials.UpdateAsync(trial with { State = Lifecycles.Trial.Move(trial.State, TrialState.Running) });
        }

        SweepRecord sweep = (await new SweepStore(transaction).FindAsync(spec.Trial.Sweep))!;
        RunId run = RunId.For(spec.Trial);
        RunStore runs = new(transaction);
        DateTimeOffset now = time.GetUtcNow();
        ExperimentId experiment = await new ExperimentStore(transaction).EnsureAsync(sweep.Definition.Name, now);
        await runs.CreateAsync(run, experiment, $"{sweep.Definition.Name}-{trial.Number}", Environment.UserName, now);
        await runs.LogParamsAsync(run, RunParameters.Of(spec));
        await runs.SetTagsAsync(run, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["pipeline.sweep"] = sweep.Id.Value,
            ["pipeline.trial"] = spec.Trial.Value,
            ["pipeline.configuration"] = $"{trial.Configuration}",
            ["pipeline.featureSet"] = sweep.FeatureSet.Value,
            ["pipeline.codeVersion"] = sweep.CodeVersion,
        });
        await runs.SetStatusAsync(run, RunStatus.Running, now);
    }

    /// <inheritdoc/>
    public async Task<bool> AdvancedAsync(StateTransaction transaction, TaskRecord task, TrialProgress progress)
    {
        if (task.Payload is not TrialTask { Spec: { } spec })
        {
            return true;
        }

        TrialStore trials = new(transaction);
        TrialRecord trial = await trials.GetAsync(spec.Trial);
        if (progress.Epoch <= trial.Epoch)
        {
            return true;
        }

        trial = trial with { Epoch = progress.Epoch, Metrics = progress.Metrics, ClipsPerSecond = progress.ClipsPerSecond };
        await trials.UpdateAsync(trial);
        await LogAsync(transaction, RunId.For(spec.Trial), progress.Metrics, progress.Epoch);
        SweepRecord sweep = (await new SweepStore(transaction).FindAsync(spec.Trial.Sweep))!;
        if (sweep.Definition.EarlyStopping is null)
        {
            return true;
        }

        bool goesOn = await new EarlyStopper(transaction, time).GoesOnAsync(sweep, trial);
        await new EarlyStopper(transaction, time).SettleAsync(sweep);
        return goesOn;
    }

    /// <inheritdoc/>
    public async Task EndedAsync(StateTransaction transaction, TaskRecord task)
    {
        if (task.Payload is not TrialTask { Spec: { } spec })
        {
            return;
        }

        TrialStore trials = new(transaction);
        TrialRecord trial = await trials.GetAsync(spec.Trial);
        RunId run = RunId.For(spec.Trial);
        RunStore runs = new(transaction);
        if (task.Result is TrialResult result)
        {
            await trials.UpdateAsync(trial with
            {
                State = Lifecycles.Trial.Move(trial.State, TrialState.Succeeded),
                Epoch = result.Epochs,
                Result = result,
                Failure = null,
            });
            IEnumerable<KeyValuePair<string, double>> measuredAtTheEnd = result.Metrics.Where(static m => m.Key.StartsWith("test/", StringComparison.Ordinal));
            await LogAsync(transaction, run, measuredAtTheEnd, result.Epochs);
            await runs.SetTagsAsync(run, new Dictionary<string, string>(StringComparer.Ordinal) { ["pipeline.parameters"] = $"{result.Parameters}" });
            await runs.SetArtifactAsync(run, ModelArtifacts.Weights, result.WeightsBlob);
            await runs.SetStatusAsync(run, RunStatus.Finished, time.GetUtcNow());
        }
        else
        {
            await trials.UpdateAsync(trial with { State = Lifecycles.Trial.Move(trial.State, TrialState.Failed), Failure = task.Failure });
            await runs.SetTagsAsync(run, new Dictionary<string, string>(StringComparer.Ordinal) { ["pipeline.failure"] = task.Failure ?? "" });
            await runs.SetStatusAsync(run, RunStatus.Failed, time.GetUtcNow());
        }

        // Those of higher number may have waited for it.
        SweepRecord sweep = (await new SweepStore(transaction).FindAsync(spec.Trial.Sweep))!;
        if (sweep.Definition.EarlyStopping is not null)
        {
            await new EarlyStopper(transaction, time).SettleAsync(sweep);
        }
    }

    private Task LogAsync(StateTransaction transaction, RunId run, IEnumerable<KeyValuePair<string, double>> metrics, int epoch) =>
        new MetricStore(transaction).LogAsync(run, [.. metrics.Select(m => new MetricPoint(m.Key, m.Value, epoch, time.GetUtcNow()))]);
}
