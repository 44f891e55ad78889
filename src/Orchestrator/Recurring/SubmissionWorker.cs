using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Recurring;

/// <summary>
/// Does the queue's submissions, in the orchestrator itself: it claims them by lease as a worker does, so one that dies in the middle leaves its task to
/// the next orchestrator; and a sweep that was submitted twice is one sweep.
/// </summary>
/// <param name="state">Where the worker is registered.</param>
/// <param name="queue">The queue.</param>
/// <param name="submit">Submits the sweep of a file.</param>
/// <param name="time">The clock.</param>
internal sealed class SubmissionWorker(StateDatabase state, TaskQueue queue, Func<string, CancellationToken, Task<SweepId>> submit, TimeProvider time)
{
    private const double ClaimWaitSeconds = 30;

    private readonly Lock _lock = new();
    private ClaimedTask? _held;
    private CancellationTokenSource? _holding;

    /// <summary>Claims and submits until cancelled; then gives back what it holds.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        WorkerHello hello = new(Environment.MachineName, Environment.ProcessId, "orchestrator", 1, "", [SubmitTask.Kind]);
        WorkerId worker = await state.WriteAsync(t => new WorkerStore(t).AddAsync(hello, time.GetUtcNow()), cancellationToken);
        try
        {
            await await Task.WhenAny(BeatAsync(worker, cancellationToken), WorkAsync(worker, cancellationToken));
        }
        finally
        {
            await queue.GoodbyeAsync(worker, CancellationToken.None);
        }
    }

    private async Task WorkAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        while (!queue.Draining)
        {
            ClaimResponse claim = await queue.ClaimAsync(new ClaimRequest(worker, [SubmitTask.Kind], 1, ClaimWaitSeconds), cancellationToken);
            foreach (ClaimedTask task in claim.Tasks)
            {
                await DoAsync(task, cancellationToken);
            }
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    private async Task DoAsync(ClaimedTask task, CancellationToken cancellationToken)
    {
        using CancellationTokenSource holding = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Hold(task, holding);
        try
        {
            SweepId sweep = await submit(((SubmitTask)task.Payload).Sweep, holding.Token);
            await queue.CompleteAsync(new TaskCompleted(task.Task, task.Token, new SubmitResult(sweep)), cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The lease was lost, or a person took the task back: it is no longer ours to report on.
        }
        catch (Exception e) when (e is PipelineException or IOException)
        {
            FailureKind kind = e is BadInputException ? FailureKind.Permanent : e is NoSpaceException ? FailureKind.NoSpace : FailureKind.Transient;
            await queue.FailAsync(new TaskFailed(task.Task, task.Token, e.Message, kind), cancellationToken);
        }
        finally
        {
            Hold(null, null);
        }
    }

    private async Task BeatAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TaskRules.Heartbeat, time, cancellationToken);
            ClaimedTask? held;
            lock (_lock)
            {
                held = _held;
            }

            HeartbeatResponse answer = await queue.HeartbeatAsync(
                new HeartbeatRequest(worker, held is null ? [] : [new HeldTask(held.Task, held.Token)]), cancellationToken);
            lock (_lock)
            {
                if (_held is { } still && still == held && answer.Lost.Contains(still.Task))
                {
                    _holding!.Cancel();
                }
            }
        }
    }

    private void Hold(ClaimedTask? task, CancellationTokenSource? holding)
    {
        lock (_lock)
        {
            (_held, _holding) = (task, holding);
        }
    }
}
