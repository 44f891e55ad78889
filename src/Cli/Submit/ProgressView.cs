using Pipeline.Cli.Output;
using Pipeline.Orchestrator.Sweeps;
using Spectre.Console;

namespace Pipeline.Cli.Submit;

/// <summary>Shows how work goes until it is done: redrawn in place on a terminal, else as plain lines, at most one a second and only when something changed.</summary>
internal sealed class ProgressView(Printer printer)
{
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PrintEvery = TimeSpan.FromSeconds(1);

    private (int Shards, int Epochs, int Ended, Contracts.SweepState State, string Builds) _lastMarks;
    private LiveDisplayContext? _live;
    private IReadOnlyList<string> _notes = [];

    /// <summary>Shows a sweep until <paramref name="work"/> ends.</summary>
    public Task<T> ShowAsync<T>(Task<T> work, Func<Task<SweepProgress>> progress) => printer.IsTerminal
        ? AnsiConsole.Live(new Text("")).AutoClear(true).StartAsync(live => DrawUntilDoneAsync(live, work, progress))
        : LoopAsync(work, progress, PrintEvery, PrintChanged);

    /// <summary>Shows a sweep until it has ended, however it is worked on; gives it as it stands then.</summary>
    public async Task<SweepProgress> WatchAsync(Func<Task<SweepProgress>> progress, CancellationToken cancellationToken)
    {
        TaskCompletionSource<SweepProgress> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration interrupted = cancellationToken.Register(() => end.TrySetCanceled(cancellationToken));
        return await ShowAsync(end.Task, async () =>
        {
            SweepProgress now = await progress();
            if (now.IsFinal)
            {
                end.TrySetResult(now);
            }

            return now;
        });
    }

    /// <summary>A line that stays: above the block on a terminal.</summary>
    public void Note(string line)
    {
        if (_live is null)
        {
            printer.Note(line);
        }
        else
        {
            _notes = [.. _notes.TakeLast(3), line];
        }
    }

    private async Task<T> DrawUntilDoneAsync<T>(LiveDisplayContext live, Task<T> work, Func<Task<SweepProgress>> progress)
    {
        _live = live;
        try
        {
            return await LoopAsync(work, progress, RedrawEvery, Draw);
        }
        finally
        {
            _live = null;
        }
    }

    private static async Task<T> LoopAsync<T>(Task<T> work, Func<Task<SweepProgress>> progress, TimeSpan every, Action<SweepProgress> show)
    {
        while (!work.IsCompleted)
        {
            show(await progress());
            await Task.WhenAny(work, Task.Delay(every, TimeProvider.System));
        }

        return await work;
    }

    private void PrintChanged(SweepProgress progress)
    {
        if (_lastMarks != ProgressText.Marks(progress))
        {
            _lastMarks = ProgressText.Marks(progress);
            printer.Note(ProgressText.Line(progress));
        }
    }

    private void Draw(SweepProgress progress) =>
        _live!.UpdateTarget(new Text(string.Join('\n', [.. _notes, .. ProgressText.Block(progress)])));
}
