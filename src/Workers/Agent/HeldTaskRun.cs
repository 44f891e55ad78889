using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Agent;

/// <summary>One task in this worker's hands: runs it, ships its reports and its log, hands in what came of it.</summary>
internal sealed class HeldTaskRun(OrchestratorClient client, ClaimedTask task) : ITrialObserver
{
    /// <summary>Lines in one call.</summary>
    private const int LinesPerCall = 500;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _shipping = new(1, 1);
    private readonly List<string> _lines = [];
    private int _shipped;
    private volatile bool _yields;

    /// <summary>The task and the token it is held with.</summary>
    public HeldTask Held { get; } = new(task.Task, task.Token);

    /// <summary>The task is another's now, or the worker ends: it is stopped and nothing more is reported of it.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Runs the task to its end. Never throws but where the orchestrator is gone, or the device is lost.</summary>
    public async Task RunAsync(ITaskExecutor executor)
    {
        try
        {
            TaskResult result = await executor.RunAsync(task.Payload, task.Checkpoint, this, _stop.Token);
            await ShipLogAsync(CancellationToken.None);

            // Dying before the answer: the result is in, or the task is done again to the same bytes.
            await client.CompleteAsync(new TaskCompleted(task.Task, task.Token, result), CancellationToken.None);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Lost to another owner, or the worker says goodbye: there is nothing to report. Asked to make room, it says when there is.
            if (_yields)
            {
                await client.FailAsync(new TaskFailed(task.Task, task.Token, "", FailureKind.Yielded), CancellationToken.None);
            }
        }
        catch (Exception e) when (e is not OrchestratorGoneException)
        {
            Task report = ReportAsync(e);
            if (e is DeviceFaultException)
            {
                // Also where the orchestrator is gone: the device is not usable, whoever hears of it.
                await report.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new DeviceLostException(e);
            }

            await report;
        }
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        // Called on the trial's own thread, which has nothing else to do than to wait for the answer.
        TrialProgress progress = new(task.Task, task.Token, report.Epoch, report.Metrics, report.Checkpoint, report.ClipsPerSecond);
        TaskAck ack = Task.Run(async () =>
        {
            await ShipLogAsync(_stop.Token);
            return await client.ProgressAsync(progress, _stop.Token);
        }).GetAwaiter().GetResult();
        _yields = ack.Yield;
        if (!ack.Accepted || ack.Yield)
        {
            Stop();
        }
    }

    /// <inheritdoc/>
    public void Log(string line)
    {
        lock (_lines)
        {
            _lines.AddRange(line.Split('\n'));
        }
    }

    /// <summary>Ships the lines that were not shipped yet; a call that fails leaves them for the next.</summary>
    public async Task ShipLogAsync(CancellationToken cancellationToken)
    {
        await _shipping.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                string[] lines;
                lock (_lines)
                {
                    lines = [.. _lines.Take(LinesPerCall)];
                }

                if (lines.Length == 0)
                {
                    return;
                }

                await client.LogAsync(new TaskLog(task.Task, task.Token, _shipped, lines), cancellationToken);
                _shipped += lines.Length;
                lock (_lines)
                {
                    _lines.RemoveRange(0, lines.Length);
                }
            }
        }
        finally
        {
            _shipping.Release();
        }
    }

    // What a person can mend does not mend itself by trying again; anything else may. A full disk is no fault of the task.
    private async Task ReportAsync(Exception failure)
    {
        bool expected = failure is PipelineException;
        Log(expected ? failure.Message : failure.ToString());
        await ShipLogAsync(CancellationToken.None);
        string message = expected ? failure.Message : $"{failure.GetType().Name}: {failure.Message} (its log has the whole of it)";
        await client.FailAsync(new TaskFailed(task.Task, task.Token, message, Kind(failure)), CancellationToken.None);
    }

    private static FailureKind Kind(Exception failure) => failure switch
    {
        DeviceFaultException => FailureKind.DeviceFault,
        NoSpaceException => FailureKind.NoSpace,
        PipelineException => FailureKind.Permanent,
        _ => FailureKind.Transient,
    };
}
