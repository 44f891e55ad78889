using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>Asks <see cref="EarlyStoppingRules"/> about the trials of a sweep and stores the verdicts, within one transaction.</summary>
internal sealed class EarlyStopper(StateTransaction transaction, TimeProvider time)
{
    private readonly TrialStore _trials = new(transaction);
    private readonly TaskStore _tasks = new(transaction);
    private readonly Dictionary<int, IReadOnlyDictionary<RunId, double>> _rungs = [];

    /// <summary>Whether a trial goes on after the epoch that it has come to. One that does not has ended, or rests until <see cref="SettleAsync"/>.</summary>
    public async Task<bool> GoesOnAsync(SweepRecord sweep, TrialRecord trial) =>
        sweep.Definition.EarlyStopping is not { } spec
        || !EarlyStoppingRules.IsRung(spec, trial.Epoch, trial.Spec.Train.Epochs)
        || await JudgeAsync(sweep, spec, trial, await _trials.OfSweepAsync(sweep.Id)) == Verdict.Continue;

    /// <summary>Puts the trials that rest back on the queue, lowest number first, but for those that still have to wait and those that end.</summary>
    public async Task SettleAsync(SweepRecord sweep)
    {
        IReadOnlyDictionary<TaskId, TaskRecord> resting = (await _tasks.RestingAsync(sweep.Id.Value)).ToDictionary(static t => t.Id);
        if (resting.Count == 0)
        {
            return;
        }

        List<TrialRecord> trials = [.. await _trials.OfSweepAsync(sweep.Id)];
        for (int i = 0; i < trials.Count; i++)
        {
            TrialRecord trial = trials[i];
            if (trial.IsFinal || !resting.TryGetValue(TaskId.For(trial.Spec.Trial), out TaskRecord? task))
            {
                continue;
            }

            bool judged = sweep.Definition.EarlyStopping is { } rules && EarlyStoppingRules.IsRung(rules, trial.Epoch, trial.Spec.Train.Epochs);
            switch (judged ? await JudgeAsync(sweep, sweep.Definition.EarlyStopping!, trial, trials) : Verdict.Continue)
            {
                case Verdict.Continue:
                    await _tasks.UpdateAsync(TaskRules.Revive(task));
                    break;
                case Verdict.Stop:
                    trials[i] = trial with { State = TrialState.Stopped };
                    break;
            }
        }
    }

    private async Task<Verdict> JudgeAsync(SweepRecord sweep, EarlyStoppingSpec spec, TrialRecord trial, IReadOnlyList<TrialRecord> trials)
    {
        IReadOnlyDictionary<RunId, double> rung = await RungAsync(spec, trial.Epoch, trials);
        Verdict verdict = EarlyStoppingRules.Judge(
            spec,
            rung.TryGetValue(RunId.For(trial.Spec.Trial), out double own) ? own : double.NaN,
            trials.Take(trial.Number).Select(t => new AtRung(rung.TryGetValue(RunId.For(t.Spec.Trial), out double value) ? value : null, t.IsFinal)));
        if (verdict == Verdict.Stop)
        {
            await _trials.UpdateAsync(trial with { State = Lifecycles.Trial.Move(trial.State, TrialState.Stopped) });
            await new RunStore(transaction).SetStatusAsync(RunId.For(trial.Spec.Trial), RunStatus.Killed, time.GetUtcNow());

            // The sweep may have come to its end.
            transaction.Notify(TaskStore.Ended);
        }

        return verdict;
    }

    /// <summary>What each trial measured at an epoch; trials that have not come to it, or measured nothing there, are absent.</summary>
    private async Task<IReadOnlyDictionary<RunId, double>> RungAsync(EarlyStoppingSpec spec, int epoch, IReadOnlyList<TrialRecord> trials)
    {
        if (!_rungs.TryGetValue(epoch, out IReadOnlyDictionary<RunId, double>? rung))
        {
            RunId[] there = [.. trials.Where(t => t.Epoch >= epoch).Select(static t => RunId.For(t.Spec.Trial))];
            _rungs.Add(epoch, rung = await new MetricStore(transaction).AtStepAsync(there, spec.Metric, epoch));
        }

        return rung;
    }
}
