using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Agent;

/// <summary>
/// A worker: registers, claims tasks as slots come free, runs each, is heard in between, and says goodbye. It keeps nothing that matters: killed at
/// any moment, what it held is done by another.
/// </summary>
public sealed class WorkerAgent
{
    /// <summary>How long a claim waits for a task: long enough to be quiet, short enough to notice an end.</summary>
    private const double ClaimWaitSeconds = 20;

    private readonly WorkerOptions _options;
    private readonly IReadOnlyList<ITaskExecutor> _executors;
    private readonly Dictionary<HeldTaskRun, Task> _running = [];
    private readonly CancellationTokenSource _draining = new();
    private volatile DeviceLostException? _lost;

    /// <summary>Takes what the worker is and the blobs it reads and writes.</summary>
    public WorkerAgent(WorkerOptions options, IBlobStore blobs)
        : this(options, [new ShardExecutor(blobs), new TrialExecutor(blobs, options.Time, options.Readers, options.Device), new BuildExecutor(blobs)])
    {
    }

    internal WorkerAgent(WorkerOptions options, IReadOnlyList<ITaskExecutor> executors) => (_options, _executors) = (options, executors);

    /// <summary>
    /// Works until the orchestrator sends it home or the token is cancelled; then stops its tasks between two steps, says goodbye and returns. Cancelled
    /// before it is registered it returns at once.
    /// </summary>
    /// <exception cref="DeviceLostException">A fault took the worker's device, whatever else went wrong beside it.</exception>
    /// <exception cref="PipelineException">The orchestrator does not answer any more, or refuses this worker.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using OrchestratorClient client = new(_options);
        await using CancellationTokenRegistration drains = cancellationToken.Register(_draining.Cancel);
        await using CancellationTokenRegistration stops = _draining.Token.Register(() => Array.ForEach(Running(), static r => r.Key.Stop()));
        using CancellationTokenSource ended = new();
        Task parent = _options.ParentProcess is { } process ? ParentWatch.RunAsync(process, _options.Time, ended.Token) : Task.CompletedTask;
        Task heartbeats = Task.CompletedTask;
        try
        {
            WorkerHello hello = new(Environment.MachineName, Environment.ProcessId, _options.Device, _options.Slots, _options.Version, _options.Kinds);
            WorkerWelcome welcome = await client.RegisterAsync(hello, cancellationToken);
            heartbeats = HeartbeatsAsync(client, welcome, ended.Token);
            await WorkAsync(client, welcome.Worker);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // While it registered. Whether the orchestrator heard of it or not, it held nothing.
        }
        finally
        {
            await ended.CancelAsync();
            await heartbeats.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await parent;
            foreach (IDisposable executor in _executors.OfType<IDisposable>())
            {
                executor.Dispose();
            }
        }
    }

    private async Task WorkAsync(OrchestratorClient client, WorkerId worker)
    {
        try
        {
            await ClaimsAsync(client, worker);
            await Task.WhenAll(Running().Select(static r => r.Value));
            await client.GoodbyeAsync(new WorkerGoodbye(worker), CancellationToken.None);
        }
        catch (PipelineException) when (_lost is not null)
        {
            // What did not run on the device is given back as it is; where nobody hears it, by the end of its lease.
            await Task.WhenAll(Running().Select(static r => r.Value)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)client.GoodbyeAsync(new WorkerGoodbye(worker), CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw _lost;
        }
    }

    private async Task ClaimsAsync(OrchestratorClient client, WorkerId worker)
    {
        while (!_draining.IsCancellationRequested)
        {
            KeyValuePair<HeldTaskRun, Task>[] running = Running();
            if (running.Length >= _options.Slots)
            {
                await Task.WhenAny(running.Select(static r => r.Value));
                await ForgetEndedAsync();
                continue;
            }

            ClaimResponse claim;
            try
            {
                claim = await client.ClaimAsync(
                    new ClaimRequest(worker, _options.Kinds, _options.Slots - running.Length, ClaimWaitSeconds), _draining.Token);
            }
            catch (OperationCanceledException) when (_draining.IsCancellationRequested)
            {
                return;
            }

            foreach (ClaimedTask task in claim.Tasks)
            {
                Start(client, task);
            }

            await ForgetEndedAsync();
            if (claim.Drain)
            {
                await _draining.CancelAsync();
            }
        }
    }

    private void Start(OrchestratorClient client, ClaimedTask task)
    {
        ITaskExecutor executor = _executors.FirstOrDefault(e => e.Takes(task.Payload))
            ?? throw new InvalidOperationException($"A worker of the kinds {string.Join(", ", _options.Kinds)} was given {task.Payload.GetType().Name}.");
        HeldTaskRun run = new(client, task);
        lock (_running)
        {
            _running.Add(run, Task.Run(() => RunAsync(run, executor)));
        }

        // Drained between the claim and here: the registration above has not seen it.
        if (_draining.IsCancellationRequested)
        {
            run.Stop();
        }
    }

    private async Task RunAsync(HeldTaskRun run, ITaskExecutor executor)
    {
        try
        {
            await run.RunAsync(executor);
        }
        catch (DeviceLostException e)
        {
            // The neighbours' work is lost too, and nothing more can be done on the device.
            _lost = e;
            await _draining.CancelAsync();
            throw;
        }
    }

    private KeyValuePair<HeldTaskRun, Task>[] Running()
    {
        lock (_running)
        {
            return [.. _running];
        }
    }

    // Awaiting an ended run throws what it threw: the orchestrator being gone ends the worker.
    private async Task ForgetEndedAsync()
    {
        foreach ((HeldTaskRun run, Task task) in Running().Where(static r => r.Value.IsCompleted))
        {
            lock (_running)
            {
                _running.Remove(run);
            }

            await task;
        }
    }

    private async Task HeartbeatsAsync(OrchestratorClient client, WorkerWelcome welcome, CancellationToken ended)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(welcome.HeartbeatSeconds), _options.Time);
        while (await timer.WaitForNextTickAsync(ended))
        {
            KeyValuePair<HeldTaskRun, Task>[] running = [.. Running().Where(static r => !r.Value.IsCompleted)];
            HeartbeatResponse response = await client.HeartbeatAsync(
                new HeartbeatRequest(welcome.Worker, [.. running.Select(static r => r.Key.Held)]), ended);
            foreach ((HeldTaskRun run, Task task) in running)
            {
                if (response.Lost.Contains(run.Held.Task) && !task.IsCompleted)
                {
                    run.Stop();
                }
                else if (!task.IsCompleted)
                {
                    await run.ShipLogAsync(ended);
                }
            }

            if (response.Drain)
            {
                await _draining.CancelAsync();
            }
        }
    }
}
