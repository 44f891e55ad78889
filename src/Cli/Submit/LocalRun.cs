using System.Globalization;
using Pipeline.Cli.Verbs;
using Pipeline.Orchestrator;

namespace Pipeline.Cli.Submit;

/// <summary>The worker processes of a run.</summary>
/// <param name="Count">How many.</param>
/// <param name="Device">Where they run trials that ask for CUDA; <c>cpu</c>: nowhere.</param>
/// <param name="Slots">Tasks that each runs at once; null: as pipeline.yaml says.</param>
internal sealed record WorkerSet(int Count, string Device = "cpu", int? Slots = null)
{
    /// <summary>What each is started with, besides where to work.</summary>
    public IEnumerable<string> Arguments =>
        ["--device", Device, .. Slots is { } slots ? (string[])["--slots", slots.ToString(CultureInfo.InvariantCulture)] : []];
}

/// <summary>Does work of an orchestrator of this process with worker processes of this machine.</summary>
internal static class LocalRun
{
    /// <summary>How long workers may take to end their step after a Ctrl-C before they are killed; a step is well below a second.</summary>
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(20);

    /// <summary>Keeps workers running until <paramref name="end"/> has come, then sends them home. After a Ctrl-C they end the step they are at.</summary>
    /// <param name="host">The orchestrator.</param>
    /// <param name="set">The workers.</param>
    /// <param name="context">Says which deployment they work on.</param>
    /// <param name="note">Hears what a person should know.</param>
    /// <param name="end">The end of the work.</param>
    /// <param name="show">Shows how it goes until then.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<T> ToEndAsync<T>(
        OrchestratorHost host,
        WorkerSet set,
        VerbContext context,
        Action<string> note,
        Task<T> end,
        Func<Task<T>, Task<T>> show,
        CancellationToken cancellationToken)
    {
        string[] config = context.Get(CommandTree.Config) is { } given ? ["--config", given] : [];
        await using LocalWorkers workers = new(
            ["worker", "--server", host.Url.ToString(), "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), .. set.Arguments, .. config],
            set.Count,
            process => host.WorkerEndedAsync(process, CancellationToken.None),
            note);
        try
        {
            T result = await show(EndOrGiveUpAsync(end, workers));
            host.Drain();
            await workers.DrainAsync(DrainPatience);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Console.Error.WriteLine("Stopping: the workers end the step they are at. Ctrl-C again ends everything at once; nothing is lost either way.");
            host.Drain();
            await workers.DrainAsync(DrainPatience);
            Console.Error.WriteLine("Stopped. Run the same command to go on.");
            throw;
        }
    }

    private static async Task<T> EndOrGiveUpAsync<T>(Task<T> end, LocalWorkers workers)
    {
        Task givenUp = workers.WhenAllGivenUpAsync();
        if (await Task.WhenAny(end, givenUp) == givenUp)
        {
            await givenUp;
        }

        return await end;
    }
}
