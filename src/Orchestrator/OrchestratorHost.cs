using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Dashboard;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator;

/// <summary>
/// The orchestrator in this process: the state database, the queue, the loop that takes sweeps from step to step, and the HTTP that workers speak,
/// on loopback and, where that is wanted, on another address over TLS. Everything it knows is in the state: killed at any moment and started again, it goes on.
/// </summary>
public sealed class OrchestratorHost : IAsyncDisposable
{
    /// <summary>How often leases are looked at when nothing happens.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly FolderLock? _lock;
    private readonly TimeProvider _time;
    private readonly bool _onlySubmitted;
    private readonly TaskQueue _queue;
    private readonly Promoter _promoter;
    private readonly SweepEngine _engine;
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private readonly Signal _advanced = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started;
    private readonly Dictionary<SweepId, int> _epochsAtStart = [];
    private Task _loop = Task.CompletedTask;

    private OrchestratorHost(OrchestratorOptions options, FolderLock? folderLock, StateDatabase state)
    {
        _lock = folderLock;
        _time = options.Time;
        _onlySubmitted = options.OnlySubmitted;
        _started = _time.GetTimestamp();
        State = state;
        Queries = new SweepQueries(state);
        _queue = new TaskQueue(state, new TrialRecorder(_time), _time);
        _queue.RanOutOfSpace += message => _failed.TrySetException(new NoSpaceException(message));
        _promoter = Promoter.Open(state, options.Blobs, options.StateFolder, _time);
        _engine = new SweepEngine(state, options.Blobs, _promoter, _time);
        _web = BuildWeb(options);
    }

    /// <summary>Where workers find it.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The state database.</summary>
    public StateDatabase State { get; }

    /// <summary>Reads sweeps, trials and logs.</summary>
    public SweepQueries Queries { get; }

    /// <summary>Everything that it answers.</summary>
    internal IEnumerable<RouteEndpoint> Routes => _web.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>Starts an orchestrator; what workers of an earlier one held is queued again.</summary>
    /// <exception cref="PipelineException">Another process uses the state folder, or the state cannot be opened.</exception>
    public static async Task<OrchestratorHost> StartAsync(OrchestratorOptions options, CancellationToken cancellationToken)
    {
        FolderLock? folderLock = options.Postgres is null ? FolderLock.Take(options.StateFolder) : null;
        StateDatabase? state = null;
        try
        {
            state = options.Postgres is null
                ? await StateDatabase.OpenAsync(OrchestratorOptions.DatabaseFile(options.StateFolder), cancellationToken: cancellationToken)
                : await StateDatabase.OpenPostgresAsync(options.Postgres, cancellationToken);
            OrchestratorHost host = new(options, folderLock, state);
            if (folderLock is not null)
            {
                await host._queue.RevokeAllAsync(cancellationToken);
            }

            await host._web.StartAsync(cancellationToken);
            host.Url = new Uri(host._web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(static a => a.StartsWith("http:", StringComparison.Ordinal)));
            host._loop = host.RunAsync(options);
            return host;
        }
        catch
        {
            if (state is not null)
            {
                await state.DisposeAsync();
            }

            folderLock?.Dispose();
            throw;
        }
    }

    /// <summary>Takes in a sweep. The same sweep again is one sweep: it goes on where it was; one that failed tries its failed parts anew.</summary>
    public async Task<SweepId> SubmitAsync(PreparedSweep sweep, CancellationToken cancellationToken)
    {
        if (_onlySubmitted)
        {
            _queue.ServeOnly(sweep.Id.Value, sweep.Plan.Id.Value, BuildStore.Owner);
        }

        await _engine.SubmitAsync(sweep, cancellationToken);
        _queue.Ended.Raise();
        return sweep.Id;
    }

    /// <summary>How far a sweep is.</summary>
    public async Task<SweepProgress> ProgressAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        SweepProgress progress = await Queries.ProgressAsync(sweep, null, cancellationToken);
        lock (_epochsAtStart)
        {
            if (!_epochsAtStart.TryGetValue(sweep, out int epochs))
            {
                _epochsAtStart.Add(sweep, epochs = progress.EpochsDone);
            }

            ProgressBaseline since = new(epochs, _time.GetElapsedTime(_started).TotalSeconds);
            return progress with { SecondsLeft = since.SecondsLeft(progress.EpochsDone, progress.Epochs) };
        }
    }

    /// <summary>Waits until a sweep has ended; gives it as it stands then.</summary>
    /// <exception cref="PipelineException">The orchestrator cannot go on: the disk is full, or the state is damaged.</exception>
    public async Task<SweepProgress> WaitAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = _advanced.Next;
            SweepProgress progress = await ProgressAsync(sweep, cancellationToken);
            if (progress.IsFinal)
            {
                return progress;
            }

            await await Task.WhenAny(next, _loop, _failed.Task).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Queues the builds of a version that are not built, are damaged or failed; the others are left alone.</summary>
    /// <exception cref="BadInputException">The model's name cannot be the name of files.</exception>
    public async Task BuildAsync(ModelVersion version, IReadOnlyList<TargetSpec> targets, CancellationToken cancellationToken)
    {
        if (_onlySubmitted)
        {
            _queue.ServeOnly(BuildStore.Owner);
        }

        foreach (TargetSpec target in targets)
        {
            bool whole = await _promoter.IsWholeAsync(version.Name, version.Version, target.Name, cancellationToken);
            await State.WriteAsync(
                async transaction =>
                {
                    BuildStore builds = new(transaction);
                    await builds.AddAsync(version.Name, version.Version, version.Trained, [target], again: true);
                    if (!whole)
                    {
                        await builds.RebuildAsync(version.Name, version.Version, target.Name);
                    }
                },
                cancellationToken);
        }
    }

    /// <summary>Waits until the builds of a version have ended; gives them as they stand then.</summary>
    /// <exception cref="PipelineException">The orchestrator cannot go on: the disk is full, or the state is damaged.</exception>
    public async Task<IReadOnlyList<BuildRow>> WaitForBuildsAsync(ModelVersion version, IReadOnlyList<TargetSpec> targets, CancellationToken cancellationToken)
    {
        BuildQueries builds = new(State);
        while (true)
        {
            Task next = _advanced.Next;
            IReadOnlyList<BuildRow> rows = await builds.OfAsync(version.Name, version.Version, targets.Select(static t => t.Name), cancellationToken);
            if (rows.All(static r => Lifecycles.Task.IsFinal(r.State)))
            {
                return rows;
            }

            await await Task.WhenAny(next, _loop, _failed.Task).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends only with the reason why it cannot go on: the disk is full, or the state is damaged or not to be reached.</summary>
    public async Task FailureAsync() => await await Task.WhenAny(_loop, _failed.Task);

    /// <summary>Sends the workers home after the step they are at; nothing more is handed out. The sweeps stay as they are.</summary>
    public void Drain() => _queue.Drain();

    /// <summary>Takes back what a worker process of this machine held that was seen to end without a goodbye, without waiting for its leases to end.</summary>
    public async Task WorkerEndedAsync(int processId, CancellationToken cancellationToken)
    {
        foreach (WorkerId worker in await State.ReadAsync(t => new WorkerStore(t).OfProcessAsync(Environment.MachineName, processId), cancellationToken))
        {
            await _queue.LoseAsync(worker, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _web.DisposeAsync();
        await State.DisposeAsync();
        _stopping.Dispose();
        _preparing.Dispose();
        _lock?.Dispose();
    }

    /// <summary>The loops of the orchestrator, until it is stopped or one of them cannot go on; then none does.</summary>
    private async Task RunAsync(OrchestratorOptions options)
    {
        Task[] loops = [LoopAsync(_stopping.Token), .. Recur(options, _stopping.Token)];
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            await _stopping.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Task> Recur(OrchestratorOptions options, CancellationToken cancellationToken)
    {
        if (options is not { Deployment: { Recurring: { Count: > 0 } entries } deployment, Prepare: { } prepare, OnlySubmitted: false })
        {
            return [];
        }

        SubmissionWorker worker = new(
            State, _queue, async (file, token) => (await TakeInAsync(prepare, SweepFile.Read(deployment.PathOf(file), []), token)).Sweep, _time);
        return [new RecurringClock(State, entries, _time).RunAsync(cancellationToken), worker.RunAsync(cancellationToken)];
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task ended = _queue.Ended.Next;
            await _queue.ExpireAsync(cancellationToken);
            foreach (SweepRecord sweep in await State.ReadAsync(static t => new SweepStore(t).ListAsync(), cancellationToken))
            {
                if (!Lifecycles.Sweep.IsFinal(sweep.State))
                {
                    await _engine.AdvanceAsync(sweep.Id, cancellationToken);
                }
            }

            _advanced.Raise();
            await Task.WhenAny(ended, Task.Delay(Tick, _time, cancellationToken));
        }
    }

    private WebApplication BuildWeb(OrchestratorOptions options)
    {
        // The empty builder: no configuration files, no environment variables, no logging to the terminal that the progress is drawn on.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = ApiLimits.MaxRequestBytes;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
            if (options.Outer is { } outer)
            {
                kestrel.Listen(outer.Address, listen => listen.UseHttps(outer.Certificate));
            }
        });
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.AddRoutingCore();
        WebApplication web = builder.Build();
        RecurringQueries recurring = new(State, options.Deployment?.Recurring ?? [], _time);
        DashboardSetup page = new(State, options, _promoter, recurring, ProgressAsync, _stopping.Token);
        web.UseMiddleware<ApiErrors>((Action<PipelineException>)(e => _failed.TrySetException(e)));
        web.UseRouting();
        web.UseMiddleware<Doors>(State, _time, (Func<HttpContext, int, string, Task>)page.TellAsync);
        WorkerApi.Map(web, _queue, State, _time, _stopping.Token);
        ReadApi.Map(web, Queries);
        SweepSteering steering = new(State, _time);
        SteerApi.Map(web, Queries, steering, options.Prepare is { } prepare ? (text, token) => TakeInAsync(prepare, text, token) : null);
        JobsApi.Map(web, new JobQueries(State, _time), new JobSteering(State, steering, _time), recurring);
        page.Map(web);
        options.MapRoutes?.Invoke(web, State);
        return web;
    }

    private async Task<SweepReceipt> TakeInAsync(Func<SweepText, CancellationToken, Task<PreparedSweep>> prepare, SweepText text, CancellationToken cancellationToken)
    {
        PreparedSweep sweep;
        await _preparing.WaitAsync(cancellationToken);
        try
        {
            // One at a time, because two must not make the same data at once.
            sweep = await prepare(text, cancellationToken);
        }
        finally
        {
            _preparing.Release();
        }

        await SubmitAsync(sweep, cancellationToken);
        return new SweepReceipt(sweep.Id, sweep.Definition.Model, sweep.Trials.Count, sweep.Plan.ClipCount, sweep.Plan.Classes);
    }

    /// <summary>Leaves Ctrl-C and SIGTERM to the program around: it drains the workers first, for which this server has to answer.</summary>
    private sealed class EmbeddedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
