using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Workers.Agent;
using Pipeline.Workers.Training;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Several trials on one device of one worker, over HTTP; one of them meets a fault that takes the device from all of them.</summary>
public abstract class DeviceFaultTests
{
    private const int Trials = 4;
    private const int Culprit = 2;

    [Fact]
    public async Task A_fault_that_does_not_come_again_costs_nobody_a_retry()
    {
        (SweepProgress end, DeviceWork work) = await RunAsync(faults: 1);
        Assert.Equal(SweepState.Succeeded, end.State);
        Assert.Equal((1, Trials), (work.Deaths, end.Trials.Count(static t => t.State == TrialState.Succeeded)));

        // Alone until it got further, then beside the others from where it was; the last one goes on at once.
        Assert.All(work.Begun, static runs => Assert.Equal((0, true), runs.Value[1]));
        Assert.All(work.Begun, static runs => Assert.Equal([0, 0, 1], runs.Value.Select(static r => r.Epoch).Concat([1]).Take(3)));
        Assert.Equal((3 * Trials) - 1, work.Begun.Sum(static runs => runs.Value.Count));
    }

    [Fact]
    public async Task A_trial_that_meets_the_fault_each_time_is_found_by_running_alone_and_alone_fails()
    {
        (SweepProgress end, DeviceWork work) = await RunAsync(faults: int.MaxValue);
        Assert.Equal(SweepState.Succeeded, end.State);
        foreach (TrialRow trial in end.Trials)
        {
            Assert.Equal(trial.Number == Culprit ? TrialState.Failed : TrialState.Succeeded, trial.State);
        }

        // Once with the others, then as often as any trial may fail.
        Assert.Equal(1 + TaskRules.MaxFailures, work.Begun[Culprit].Count);
        Assert.Equal(1 + TaskRules.MaxFailures, work.Deaths);
        Assert.All(work.Begun[Culprit].Skip(1), static run => Assert.True(run.Alone));
        Assert.All(work.Begun.Where(static r => r.Key != Culprit), static runs => Assert.Equal((0, true), runs.Value[1]));
        Assert.All(work.Begun.Where(static r => r.Key != Culprit), static runs => Assert.InRange(runs.Value.Count, 2, 3));
        Assert.Contains("illegal memory access", end.Trials.Single(static t => t.Number == Culprit).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_a_device_is_given_no_trial_that_wants_one()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(device: "cuda:1"), default);
        using CancellationTokenSource stop = new();
        Task processor = fixture.NewWorker(new ArithmeticExecutor(fixture.Blobs), slots: 2).RunAsync(stop.Token);
        while ((await host.ProgressAsync(sweep, default)).ShardsDone < 2)
        {
            await Task.Delay(20);
        }

        Assert.Equal(0, (await host.ProgressAsync(sweep, default)).EpochsDone);
        Task device = fixture.NewDeviceWorker(new ArithmeticExecutor(fixture.Blobs), slots: 2).RunAsync(stop.Token);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(sweep, Limit())).State);
        await stop.CancelAsync();
        await Task.WhenAll(processor, device);
    }

    /// <summary>A new database, or null for SQLite.</summary>
    private protected abstract Task<string?> PostgresAsync();

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    private async Task<(SweepProgress End, DeviceWork Work)> RunAsync(int faults)
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(Trials, epochs: 3, device: "cuda:0"), default);
        DeviceWork work = new(faults);
        ArithmeticExecutor executor = new(fixture.Blobs) { Before = work.BeforeAsync };
        Task<SweepProgress> end = host.WaitAsync(sweep, Limit());
        while (!end.IsCompleted)
        {
            using CancellationTokenSource stop = new();
            Task worker = fixture.NewDeviceWorker(new OneDevice(executor, work), Trials).RunAsync(stop.Token);
            if (await Task.WhenAny(worker, end) == end)
            {
                await stop.CancelAsync();
            }

            // The sweep may end by the fault that takes the device for the last time.
            if (await Record.ExceptionAsync(() => worker) is { } death)
            {
                Assert.IsType<DeviceLostException>(death);
                work.Deaths++;
            }
        }

        return (await end, work);
    }

    /// <summary>What a device did: which trials began beside others, and when it met its fault.</summary>
    private sealed class DeviceWork(int faults)
    {
        private readonly SemaphoreSlim _allThere = new(0);
        private readonly HashSet<int> _running = [];
        private int _faults;

        public int Deaths { get; set; }

        public Dictionary<int, List<(int Epoch, bool Alone)>> Begun { get; } = [];

        public void Begin(int trial, int epoch)
        {
            lock (_running)
            {
                _running.Add(trial);
                (Begun.TryGetValue(trial, out List<(int, bool)>? runs) ? runs : Begun[trial] = []).Add((epoch, _running.Count == 1));
                if (Deaths == 0 && _running.Count == Trials)
                {
                    _allThere.Release(Trials);
                }
            }
        }

        public void End(int trial)
        {
            lock (_running)
            {
                _running.Remove(trial);
            }
        }

        public async Task BeforeAsync(TaskPayload payload, int epoch, CancellationToken cancellationToken)
        {
            if (payload is not TrialTask { Spec.Trial.Number: var number })
            {
                return;
            }

            if (Deaths == 0 && epoch == 1)
            {
                // All of them are on the device before the first goes on; the others wait there for what the culprit does.
                await _allThere.WaitAsync(CancellationToken.None);
                if (number != Culprit)
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
            }

            if (number == Culprit && _faults < faults)
            {
                _faults++;
                throw new DeviceFaultException("CUDA error: an illegal memory access was encountered");
            }
        }
    }

    /// <summary>Counts which trials are on the device at a time.</summary>
    private sealed class OneDevice(ITaskExecutor executor, DeviceWork work) : ITaskExecutor
    {
        public bool Takes(TaskPayload payload) => executor.Takes(payload);

        public async Task<TaskResult> RunAsync(TaskPayload payload, Checkpoint? checkpoint, Pipeline.Workers.Training.ITrialObserver observer, CancellationToken cancellationToken)
        {
            if (payload is not TrialTask { Spec.Trial.Number: var number })
            {
                return await executor.RunAsync(payload, checkpoint, observer, cancellationToken);
            }

            work.Begin(number, checkpoint?.Epoch ?? 0);
            try
            {
                return await executor.RunAsync(payload, checkpoint, observer, cancellationToken);
            }
            finally
            {
                work.End(number);
            }
        }
    }
}

public sealed class SqliteDeviceFaultTests : DeviceFaultTests
{
    private protected override Task<string?> PostgresAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgresDeviceFaultTests : DeviceFaultTests
{
    private protected override async Task<string?> PostgresAsync() => await PostgresServer.NewSharedDatabaseAsync();
}
