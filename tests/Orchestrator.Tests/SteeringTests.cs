using Pipeline.Contracts;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.Tracking;

namespace Pipeline.Orchestrator.Tests;

/// <summary>What people do to sweeps while workers are at them, on both state databases.</summary>
public sealed class SteeringTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_paused_sweep_leaves_its_workers_and_goes_on_from_its_checkpoints(bool postgres)
    {
        await using HostFixture fixture = new(await PostgresAsync(postgres));
        OrchestratorHost host = await fixture.StartAsync();
        SweepSteering steering = new(host.State, TimeProvider.System);
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(trials: 1, epochs: 3), default);
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool resumed = false;
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            // The second epoch lasts until the worker is told that the trial is no longer its own.
            Before = (payload, epoch, token) =>
            {
                if (payload is not TrialTask || epoch != 2 || resumed)
                {
                    return Task.CompletedTask;
                }

                second.TrySetResult();
                return Task.Delay(Timeout.Infinite, token);
            },
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        await second.Task.WaitAsync(Limit());
        await steering.PauseAsync(sweep, default);
        await steering.PauseAsync(sweep, default);
        SweepProgress paused = await host.ProgressAsync(sweep, default);
        Assert.Equal((SweepState.Paused, TrialState.Running, 1), (paused.State, paused.Trials[0].State, paused.Trials[0].Epochs));

        resumed = true;
        await steering.ResumeAsync(sweep, default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(sweep, Limit())).State);
        Assert.Equal([0, 1], executor.Began);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_sweep_keeps_what_ended_and_the_same_submit_runs_the_rest(bool postgres)
    {
        await using HostFixture fixture = new(await PostgresAsync(postgres));
        OrchestratorHost host = await fixture.StartAsync();
        SweepSteering steering = new(host.State, TimeProvider.System);
        PreparedSweep prepared = HostFixture.Sweep(trials: 3, epochs: 2);
        SweepId sweep = await host.SubmitAsync(prepared, default);
        TaskCompletionSource atSecond = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool again = false;
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = (payload, epoch, token) =>
            {
                if (again || payload is not TrialTask { Spec.Trial.Number: 1 } || epoch != 2)
                {
                    return Task.CompletedTask;
                }

                atSecond.TrySetResult();
                return Task.Delay(Timeout.Infinite, token);
            },
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        await atSecond.Task.WaitAsync(Limit());
        await steering.CancelAsync(sweep, default);
        SweepProgress cancelled = await host.WaitAsync(sweep, Limit());
        Assert.Equal(SweepState.Cancelled, cancelled.State);
        Assert.Equal([TrialState.Succeeded, TrialState.Cancelled, TrialState.Cancelled], cancelled.Trials.Select(static t => t.State));
        Run? run = await host.State.ReadAsync(t => new RunStore(t).FindAsync(RunId.For(new TrialId(sweep, 1))), default);
        Assert.Equal(RunStatus.Killed, run!.Info.Status);
        BadInputException refused = await Assert.ThrowsAsync<BadInputException>(() => steering.ResumeAsync(sweep, default));
        Assert.Contains("cancelled", refused.Message, StringComparison.Ordinal);

        again = true;
        await host.SubmitAsync(prepared, default);
        SweepProgress end = await host.WaitAsync(sweep, Limit());
        Assert.Equal((SweepState.Succeeded, 3), (end.State, end.Trials.Count(static t => t.State == TrialState.Succeeded)));
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_trial_run_again_takes_the_best_where_it_is_better_and_registers_nothing_twice(bool postgres)
    {
        await using HostFixture fixture = new(await PostgresAsync(postgres));
        OrchestratorHost host = await fixture.StartAsync();
        SweepSteering steering = new(host.State, TimeProvider.System);
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(trials: 3, epochs: 1), default);
        HashSet<int> failing = [0, 2];
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = (payload, _, _) => payload is TrialTask { Spec.Trial.Number: var number } && failing.Contains(number)
                ? throw new PipelineException("no such luck")
                : Task.CompletedTask,
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        Assert.Equal(1, (await host.WaitAsync(sweep, Limit())).Best!.Number);

        failing.Remove(0);
        await steering.RetryAsync(new TrialId(sweep, 0), default);
        SweepProgress worse = await host.WaitAsync(sweep, Limit());
        Assert.Equal((1, 1), (worse.Best!.Number, worse.RegisteredVersion));

        failing.Clear();
        await steering.RetryAsync(new TrialId(sweep, 2), default);
        SweepProgress better = await host.WaitAsync(sweep, Limit());
        Assert.Equal((2, 2), (better.Best!.Number, better.RegisteredVersion));
        await Assert.ThrowsAsync<BadInputException>(() => steering.RetryAsync(new TrialId(sweep, 2), default));
        await Assert.ThrowsAsync<BadInputException>(() => steering.RetryAsync(new TrialId(sweep, 3), default));
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private static async Task<string?> PostgresAsync(bool wanted) => wanted ? await PostgresServer.NewSharedDatabaseAsync() : null;
}
