using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Steering;

/// <summary>
/// What people do to sweeps while they run. Each call is one transaction; the workers that held something of it are told by their next heartbeat,
/// and what they still send counts for nothing. Doing the same twice changes nothing the second time.
/// </summary>
public sealed class SweepSteering(StateDatabase state, TimeProvider time)
{
    /// <summary>Takes the trials back from the workers, each at its last checkpoint; none starts until the sweep is resumed.</summary>
    /// <exception cref="BadInputException">There is no such sweep, or it is not at its trials.</exception>
    public Task PauseAsync(SweepId id, CancellationToken cancellationToken) => MoveAsync(id, SweepState.Paused, cancellationToken, static async (transaction, sweep) =>
    {
        await WithdrawAsync(transaction, sweep.Id.Value);
        return sweep;
    });

    /// <summary>Lets a paused sweep go on where it was.</summary>
    /// <exception cref="BadInputException">There is no such sweep, or it has ended.</exception>
    public Task ResumeAsync(SweepId id, CancellationToken cancellationToken) => MoveAsync(id, SweepState.Running, cancellationToken, async (transaction, sweep) =>
    {
        await new EarlyStopper(transaction, time).SettleAsync(sweep);
        return sweep;
    });

    /// <summary>Ends a sweep: what ended stays in its table, the other trials are cancelled. Submitting it again starts them again.</summary>
    /// <exception cref="BadInputException">There is no such sweep, or it has ended.</exception>
    public Task CancelAsync(SweepId id, CancellationToken cancellationToken) => MoveAsync(id, SweepState.Cancelled, cancellationToken, async (transaction, sweep) =>
    {
        await WithdrawAsync(transaction, sweep.Id.Value);
        TrialStore trials = new(transaction);
        RunStore runs = new(transaction);
        foreach (TrialRecord trial in (await trials.OfSweepAsync(sweep.Id)).Where(static t => !t.IsFinal))
        {
            await trials.UpdateAsync(trial with { State = Lifecycles.Trial.Move(trial.State, TrialState.Cancelled) });
            if (trial.State == TrialState.Running)
            {
                await runs.SetStatusAsync(RunId.For(trial.Spec.Trial), RunStatus.Killed, time.GetUtcNow());
            }
        }

        return sweep with { Failure = "Cancelled by a person." };
    });

    /// <summary>Runs a failed or cancelled trial again, from its last checkpoint; a sweep that had ended goes on until it has ended too.</summary>
    /// <exception cref="BadInputException">There is no such trial, or it has not failed.</exception>
    public Task RetryAsync(TrialId id, CancellationToken cancellationToken) => state.WriteAsync(
        async transaction =>
        {
            SweepStore sweeps = new(transaction);
            SweepRecord sweep = await FindAsync(sweeps, id.Sweep);
            TrialStore trials = new(transaction);
            TrialRecord trial = (await trials.OfSweepAsync(id.Sweep)).ElementAtOrDefault(id.Number)
                ?? throw new BadInputException($"Sweep {id.Sweep} has no trial {id.Number}.");
            if (trial.State is not (TrialState.Failed or TrialState.Cancelled))
            {
                throw new BadInputException($"Trial {id} stands at '{StateName.Of(trial.State)}'; only one that failed or was cancelled can be run again.");
            }

            await trials.UpdateAsync(trial with { State = TrialState.Waiting, Failure = null });
            await new EarlyStopper(transaction, time).SettleAsync(sweep);
            if (Lifecycles.Sweep.IsFinal(sweep.State))
            {
                // Its features are there, or are looked for again.
                await sweeps.UpdateAsync(sweep with { State = SweepState.Preparing, Failure = null });
            }
        },
        cancellationToken);

    private Task MoveAsync(SweepId id, SweepState to, CancellationToken cancellationToken, Func<StateTransaction, SweepRecord, Task<SweepRecord>> act) => state.WriteAsync(
        async transaction =>
        {
            SweepStore sweeps = new(transaction);
            SweepRecord sweep = await FindAsync(sweeps, id);
            if (sweep.State == to)
            {
                return;
            }

            // Running is also what follows the preparation, and that is not for a person to say.
            if (!Lifecycles.Sweep.Allows(sweep.State, to) || (to == SweepState.Running && sweep.State != SweepState.Paused))
            {
                throw new BadInputException($"Sweep {id} stands at '{StateName.Of(sweep.State)}' and cannot go to '{StateName.Of(to)}'. {Possible(sweep.State)}");
            }

            await sweeps.UpdateAsync(await act(transaction, sweep) with { State = to });
            transaction.Notify(TaskStore.Ended);
        },
        cancellationToken);

    private static string Possible(SweepState from) => from switch
    {
        SweepState.Preparing => "Its features are being built: it can be cancelled, and paused once its trials run.",
        SweepState.Running => "It can be paused or cancelled.",
        SweepState.Paused => "It can be resumed or cancelled.",
        SweepState.Deploying => "It can be cancelled.",
        _ => "It has ended; submit it again, or retry a trial.",
    };

    private static async Task<SweepRecord> FindAsync(SweepStore sweeps, SweepId id) =>
        await sweeps.FindAsync(id) ?? throw new BadInputException($"There is no sweep '{id}'. List them with `pipeline status`.");

    /// <summary>Takes an owner's open tasks off the queue and out of the workers' hands.</summary>
    private static async Task WithdrawAsync(StateTransaction transaction, string owner)
    {
        TaskStore tasks = new(transaction);
        foreach (TaskRecord task in (await tasks.OfOwnerAsync(owner)).Where(static t => !Lifecycles.Task.IsFinal(t.State)))
        {
            await tasks.UpdateAsync(TaskRules.Withdraw(task));
        }
    }
}
