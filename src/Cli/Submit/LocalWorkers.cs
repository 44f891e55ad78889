using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.Workers.Agent;

namespace Pipeline.Cli.Submit;

/// <summary>
/// The worker processes that a submit starts on its own machine. One that dies is started again; what it held goes back to the queue at once, and
/// the queue bounds how often the same task may take a worker down with it.
/// </summary>
internal sealed class LocalWorkers : IAsyncDisposable
{
    /// <summary>Deaths soon after the start, in a row, after which a worker is not started again: then it is the machine, not a trial.</summary>
    private const int MaxEarlyDeaths = 5;

    private const int KeptErrorLines = 5;

    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseBeforeRestart = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<string> _arguments;
    private readonly Func<int, Task> _ended;
    private readonly Action<string> _note;
    private readonly CancellationTokenSource _killing = new();
    private readonly List<Task> _slots = [];
    private volatile bool _stopping;

    /// <summary>Starts the processes.</summary>
    /// <param name="arguments">What follows the program's name, for example <c>worker --server URL --local</c>.</param>
    /// <param name="count">How many.</param>
    /// <param name="ended">Hears the id of each process that ended.</param>
    /// <param name="note">Hears what a person should know.</param>
    public LocalWorkers(IReadOnlyList<string> arguments, int count, Func<int, Task> ended, Action<string> note)
    {
        (_arguments, _ended, _note) = (arguments, ended, note);
        _slots.AddRange(Enumerable.Range(0, count).Select(_ => Task.Run(KeepRunningAsync)));
    }

    /// <summary>Ends with the reason when no worker could be kept running.</summary>
    /// <exception cref="PipelineException">Every worker was given up.</exception>
    public async Task WhenAllGivenUpAsync() => await Task.WhenAll(_slots);

    /// <summary>Waits for the processes, which were told to go home, and ends those that stay too long.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        _stopping = true;
        _killing.CancelAfter(patience);
        await Task.WhenAll(_slots).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _killing.CancelAsync();
        await Task.WhenAll(_slots).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _killing.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        for (int earlyDeaths = 0; !_stopping;)
        {
            using Process process = Start();
            long started = Stopwatch.GetTimestamp();
            Task<string> errors = LastLinesAsync(process.StandardError);
            Task output = process.StandardOutput.ReadToEndAsync();
            await WaitOrKillAsync(process);
            await output;
            await _ended(process.Id);
            if (_stopping)
            {
                return;
            }

            string reason = $"worker process {process.Id} ended with exit code {process.ExitCode}. {await errors}".TrimEnd();

            // A lost device says nothing of the machine; the queue bounds how often a trial may do that.
            earlyDeaths = !reason.Contains(DeviceLostException.Words, StringComparison.Ordinal) && Stopwatch.GetElapsedTime(started) < Early ? earlyDeaths + 1 : 0;
            if (earlyDeaths >= MaxEarlyDeaths)
            {
                throw new PipelineException($"No worker stays alive: {reason} `pipeline doctor` shows what this machine lacks.");
            }

            _note(reason + " It is started again.");
            await Task.Delay(PauseBeforeRestart, TimeProvider.System, _killing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Process Start()
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            // The program runs as `dotnet pipeline.dll`.
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (string argument in _arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new PipelineException("A worker process could not be started.");
    }

    private async Task WaitOrKillAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(_killing.Token);
        }
        catch (OperationCanceledException)
        {
            // Killing loses nothing: what the worker held goes back to the queue, at the last accepted checkpoint.
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<string> LastLinesAsync(StreamReader reader)
    {
        Queue<string> lines = new();
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Enqueue(line);
            if (lines.Count > KeptErrorLines)
            {
                lines.Dequeue();
            }
        }

        return string.Join(" | ", lines);
    }
}
