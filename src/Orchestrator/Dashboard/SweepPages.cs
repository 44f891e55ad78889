using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Dashboard.Charts;
using Pipeline.Orchestrator.Dashboard.Pages;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>The pages of sweeps, trials and runs.</summary>
/// <param name="state">The state.</param>
/// <param name="blobs">Hold the plans of the feature sets, which name the classes.</param>
/// <param name="queries">Reads sweeps.</param>
/// <param name="progress">How far a sweep is, with the time left.</param>
internal sealed class SweepPages(StateDatabase state, IBlobStore blobs, SweepQueries queries, Func<SweepId, CancellationToken, Task<SweepProgress>> progress)
{
    /// <summary>Learning curves of one chart: more cannot be told apart.</summary>
    private const int MaxCurves = 60;

    /// <summary>Lines at the end of a log: what a person reads at once; <c>pipeline logs</c> prints all.</summary>
    private const int LogLines = 300;

    /// <summary>Runs in the list.</summary>
    private const int MaxRuns = 1000;

    private readonly ConcurrentDictionary<FeatureSetId, IReadOnlyList<string>> _classes = [];

    public async Task<PageView> ListAsync(CancellationToken cancellationToken) => new(
        "Sweeps", "/sweeps", [Fragment.Of<SweepList>("sweeps", ("Sweeps", await queries.ListAsync(cancellationToken)))]);

    public async Task<PageView> SweepAsync(string name, int page, string? order, CancellationToken cancellationToken)
    {
        SweepId id = await queries.ResolveAsync(name, cancellationToken);
        SweepProgress sweep = await progress(id, cancellationToken);
        SweepDefinition definition = await queries.DefinitionAsync(id, cancellationToken);
        TrialRow[] ranked = [.. Rank(sweep.Trials, sweep.Objective)];
        TrialRow[] drawn = [.. ranked.Where(static t => t.Epochs > 0).Take(MaxCurves)];
        int started = ranked.Count(static t => t.Epochs > 0);
        IReadOnlyDictionary<RunId, IReadOnlyList<MetricPoint>> histories = await state.ReadAsync(
            t => new MetricStore(t).HistoriesAsync([.. drawn.Select(static d => d.Run)], sweep.Objective.Metric), cancellationToken);
        Curve[] curves = [.. drawn.OrderBy(static t => t.Number).Select(t => new Curve(
            t.Number.ToString(CultureInfo.InvariantCulture),
            $"trial {t.Number}: {string.Join(", ", definition.VariedKeys.Where(t.Parameters.ContainsKey).Select(k => $"{k} {t.Parameters[k]}"))}",
            [.. histories[t.Run].Select(static p => ((double)p.Step, p.Value))],
            t.Number == sweep.Best?.Number))];
        return new(
            id.Value,
            "/sweeps",
            [
                Fragment.Of<SweepHead>("head", ("Progress", sweep), ("Definition", definition)),
                Fragment.Of<LearningCurves>("curves", ("Metric", sweep.Objective.Metric), ("Curves", curves), ("Started", started)),
                Fragment.Of<TrialTable>(
                    "trials", ("Sweep", id), ("Keys", definition.VariedKeys.ToArray()), ("Objective", sweep.Objective), ("Best", sweep.Best?.Number), ("Page", page), ("Order", order),
                    ("Trials", order == "number" ? sweep.Trials : ranked)),
                Fragment.Of<SweepComparison>(
                    "comparison", ("Trials", ranked), ("Best", sweep.Best), ("Objective", sweep.Objective.Metric), ("Classes", sweep.Best is null ? [] : await ClassesAsync(id, cancellationToken))),
            ]);
    }

    public async Task<PageView> TrialAsync(string name, int number, CancellationToken cancellationToken)
    {
        TrialId id = new(await queries.ResolveAsync(name, cancellationToken), number);
        SweepRecord sweep = await SweepOfAsync(id.Sweep, cancellationToken);
        TrialRow trial = (await queries.TrialsAsync(id.Sweep, cancellationToken)).ElementAtOrDefault(number)
            ?? throw new BadInputException($"Sweep {id.Sweep} has no trial {number}.");
        (Run? run, IReadOnlyList<Curve> curves) = await RunAsync(RunId.For(id), cancellationToken);
        IReadOnlyList<LogLine> log = await state.ReadAsync(t => new TaskLogStore(t).TailAsync(TaskId.For(id), LogLines), cancellationToken);
        return new(
            $"trial {id}",
            "/sweeps",
            [
                Fragment.Of<TrialHead>(
                    "head", ("Trial", trial), ("Sweep", id.Sweep), ("CodeVersion", sweep.CodeVersion), ("FeatureSet", $"{sweep.Definition.FeatureSet} ({sweep.FeatureSet})"),
                    ("Objective", sweep.Definition.Objective)),
                Fragment.Of<MetricCharts>("curves", ("Curves", curves)),
                Fragment.Of<TestFigures>("test", ("Matrix", trial.Confusion), ("Classes", trial.Confusion is null ? [] : await ClassesAsync(id.Sweep, cancellationToken))),
                await StreamAsync(RunId.For(id), cancellationToken),
                Fragment.Of<LogTail>("log", ("Lines", log), ("Trial", id.Value)),
                Fragment.Of<RunValues>("values", ("Run", run)),
            ]);
    }

    public async Task<PageView> RunAsync(string id, CancellationToken cancellationToken)
    {
        (Run? run, IReadOnlyList<Curve> curves) = await RunAsync(new RunId(id), cancellationToken);
        if (run is null)
        {
            throw new BadInputException($"There is no run '{id}'.");
        }

        ConfusionMatrix? confusion = await ModelArtifacts.ReadConfusionAsync(blobs, state, run.Info.Id, cancellationToken);
        return new(
            run.Info.Name,
            "/runs",
            [
                Fragment.Of<RunHead>("head", ("Run", run)),
                Fragment.Of<MetricCharts>("curves", ("Curves", curves)),
                Fragment.Of<TestFigures>("test", ("Matrix", confusion?.Counts), ("Classes", confusion?.Classes ?? [])),
                await StreamAsync(run.Info.Id, cancellationToken),
                Fragment.Of<RunValues>("values", ("Run", run)),
            ]);
    }

    public async Task<PageView> RunsAsync(string? filter, int page, CancellationToken cancellationToken)
    {
        IReadOnlyList<Run> runs = await state.ReadAsync(t => new RunStore(t).ListAsync(filter, null, null, MaxRuns), cancellationToken);
        return new("Runs", "/runs", [Fragment.Of<RunList>("runs", ("Runs", runs), ("Filter", filter ?? ""), ("Page", page), ("IsCut", runs.Count == MaxRuns))]);
    }

    /// <summary>The best first, then those that run, then the others; in each by number.</summary>
    private static IEnumerable<TrialRow> Rank(IReadOnlyList<TrialRow> trials, ObjectiveSpec objective) => trials
        .OrderBy(static t => t.Objective is null)
        .ThenBy(t => t.Objective is { } value ? (objective.Maximize ? -value : value) : 0)
        .ThenBy(static t => t.State != TrialState.Running)
        .ThenBy(static t => t.Number);

    private async Task<(Run? Run, IReadOnlyList<Curve> Curves)> RunAsync(RunId id, CancellationToken cancellationToken) => await state.ReadAsync(
        async transaction =>
        {
            Run? run = await new RunStore(transaction).FindAsync(id);
            List<Curve> curves = [];
            foreach (string key in run?.Metrics.Keys ?? [])
            {
                IReadOnlyList<MetricPoint> points = await new MetricStore(transaction).HistoryAsync(id, key);

                // What was measured again at the same step is no curve: its last value counts.
                IEnumerable<MetricPoint> last = points.GroupBy(static p => p.Step).Select(static again => again.MaxBy(static p => p.Time)!).OrderBy(static p => p.Step);
                curves.Add(new Curve(key, key, [.. last.Select(static p => ((double)p.Step, p.Value))], Stressed: true));
            }

            return (run, (IReadOnlyList<Curve>)curves);
        },
        cancellationToken);

    private async Task<Fragment> StreamAsync(RunId run, CancellationToken cancellationToken)
    {
        StreamReport? report = await ModelArtifacts.ReadStreamAsync(blobs, state, run, cancellationToken);
        return Fragment.Of<StreamFigures>("stream", ("Streams", report is null ? Array.Empty<StreamView>() : [new StreamView("", report)]));
    }

    private async Task<SweepRecord> SweepOfAsync(SweepId id, CancellationToken cancellationToken) => (await state.ReadAsync(t => new SweepStore(t).FindAsync(id), cancellationToken))!;

    private async Task<IReadOnlyList<string>> ClassesAsync(SweepId id, CancellationToken cancellationToken)
    {
        FeatureSetId set = (await SweepOfAsync(id, cancellationToken)).FeatureSet;
        if (_classes.TryGetValue(set, out IReadOnlyList<string>? classes))
        {
            return classes;
        }

        // A plan names every clip: it is read once, for it never changes.
        return await blobs.TryGetAsync(FeatureSetPlan.BlobKeyOf(set), cancellationToken) is { } plan ? _classes[set] = FeatureSetPlan.FromBytes(plan).Classes : [];
    }
}
