using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline runs</c>: what was trained.</summary>
internal static class RunsVerbs
{
    private const int ShortId = 8;

    private static readonly Option<string?> Filter = new("--filter")
    {
        Description = "Only runs that match, for example \"metrics.val/accuracy > 0.9 AND params.model.tau = '1.5'\".",
        HelpName = "EXPRESSION",
    };

    private static readonly Option<string?> Order = new("--order")
    {
        Description = "The order, for example \"metrics.val/accuracy DESC\". Default: the newest first.",
        HelpName = "KEY [DESC]",
    };

    private static readonly Option<string?> Experiment = new("--experiment")
    {
        Description = "Only runs of this experiment. A sweep's runs are in the experiment of its name.",
        HelpName = "NAME",
    };

    private static readonly Option<int> Limit = new("--limit") { Description = "At most so many.", HelpName = "N", DefaultValueFactory = _ => 100 };

    private static readonly Argument<string> Run = RunArgument();

    private static readonly Argument<string[]> Some = new("RUN") { Description = "Two or more runs.", Arity = new ArgumentArity(2, 100) };

    /// <summary>The argument of the verbs that take a run.</summary>
    public static Argument<string> RunArgument() => new("RUN") { Description = "A run's id, the beginning of one, or a trial (SWEEP/NUMBER)." };

    public static Command Create() => Verb.Group(
        "runs",
        "What was trained.",
        Verb.Of("list", "Lists runs.", ListAsync, Filter, Order, Experiment, Limit),
        Verb.Of("show", "Shows a run's parameters, metrics and tags.", ShowAsync, Run),
        RunStreamVerb.Create(),
        Verb.Of("compare", "Puts runs side by side: the parameters that differ, and every metric.", CompareAsync, Some));

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        RunReport[] runs = await state.ReadAsync(async t => await ReportAsync(t, await SelectAsync(context, t)), cancellationToken);
        context.Printer.Result(runs, CliJson.Default.RunReportArray, writer =>
        {
            TextTable table = new("run", "name", "status", "started", "val accuracy", "test accuracy");
            foreach (RunReport run in runs)
            {
                table.Add(
                    run.Run.Value[..Math.Min(ShortId, run.Run.Value.Length)],
                    run.Name,
                    run.Status,
                    Format.Time(run.Started),
                    Metric(run, "val/accuracy"),
                    Metric(run, "test/accuracy"));
            }

            table.Write(writer);
        });
    }

    private static async Task<IReadOnlyList<Run>> SelectAsync(VerbContext context, StateTransaction t)
    {
        ExperimentId? experiment = null;
        if (context.Get(Experiment) is { } name)
        {
            experiment = (await new ExperimentStore(t).FindByNameAsync(name))?.Id
                ?? throw new BadInputException($"No experiment is named '{name}'. A sweep's runs are in the experiment of its name.");
        }

        return await new RunStore(t).ListAsync(context.Get(Filter), context.Get(Order), experiment, context.Get(Limit));
    }

    private static async Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        RunReport run = (await FindAsync(context, [context.Get(Run)], cancellationToken))[0];
        context.Printer.Result(run, CliJson.Default.RunReport, writer =>
        {
            writer.WriteLine($"{run.Name}  {run.Status}  started {Format.Time(run.Started)}");
            writer.WriteLine($"run {run.Run} of experiment {run.Experiment}");
            WriteSection(writer, "parameters", run.Parameters);
            WriteSection(writer, "metrics", run.Metrics.ToDictionary(m => m.Key, m => Format.Number(m.Value)));
            WriteSection(writer, "tags", run.Tags);
        });
    }

    private static async Task CompareAsync(VerbContext context, CancellationToken cancellationToken)
    {
        RunReport[] runs = await FindAsync(context, context.Get(Some), cancellationToken);
        context.Printer.Result(runs, CliJson.Default.RunReportArray, writer =>
        {
            TextTable table = new(["", .. runs.Select(r => r.Name)]);
            AddRows(table, runs.Select(r => r.Parameters), onlyDifferent: true);
            AddRows(table, runs.Select(r => r.Metrics.ToDictionary(m => m.Key, m => Format.Number(m.Value))), onlyDifferent: false);
            table.Write(writer);
        });
    }

    private static void AddRows(TextTable table, IEnumerable<IReadOnlyDictionary<string, string>> runs, bool onlyDifferent)
    {
        IReadOnlyDictionary<string, string>[] columns = [.. runs];
        foreach (string key in columns.SelectMany(c => c.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            string[] cells = [.. columns.Select(c => c.GetValueOrDefault(key, "-"))];
            if (!onlyDifferent || cells.Distinct().Count() > 1)
            {
                table.Add([key, .. cells]);
            }
        }
    }

    /// <summary>The runs that texts name, each by a trial, an id or the beginning of one.</summary>
    public static async Task<RunReport[]> FindAsync(VerbContext context, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        LocalSweeps sweeps = new(state);
        List<string> ids = [];
        foreach (string text in texts)
        {
            ids.Add(text.Contains('/', StringComparison.Ordinal)
                ? RunId.For(await TrialNames.ResolveAsync(sweeps, text, cancellationToken)).Value
                : text);
        }

        return await state.ReadAsync(
            async t =>
            {
                List<Run> found = [];
                foreach (string id in ids)
                {
                    found.Add(One(id, await new RunStore(t).ListByPrefixAsync(id, 2)));
                }

                return await ReportAsync(t, found);
            },
            cancellationToken);
    }

    private static Run One(string id, IReadOnlyList<Run> found) => found.Count switch
    {
        1 => found[0],
        0 => throw new BadInputException($"There is no run '{id}'. List what there is with `pipeline runs list`."),
        _ => throw new BadInputException($"'{id}' is the beginning of several runs, of {found[0].Info.Id} for example. Give more of the id."),
    };

    private static async Task<RunReport[]> ReportAsync(StateTransaction t, IReadOnlyList<Run> runs)
    {
        List<RunReport> reports = [];
        Dictionary<ExperimentId, string> names = [];
        foreach (Run run in runs)
        {
            if (!names.TryGetValue(run.Info.Experiment, out string? experiment))
            {
                experiment = (await new ExperimentStore(t).FindAsync(run.Info.Experiment))!.Name;
                names.Add(run.Info.Experiment, experiment);
            }

            reports.Add(Report(run, experiment));
        }

        return [.. reports];
    }

    private static RunReport Report(Run run, string experiment) => new(
        run.Info.Id,
        run.Info.Name,
        experiment,
        run.Info.Status.ToString().ToLowerInvariant(),
        run.Info.Started,
        run.Info.Ended,
        run.Params,
        run.Metrics.ToDictionary(m => m.Key, m => m.Value.Value),
        run.Tags);

    private static string Metric(RunReport run, string key) => run.Metrics.TryGetValue(key, out double value) ? Format.Percent(value) : "-";

    private static void WriteSection(TextWriter writer, string title, IReadOnlyDictionary<string, string> values)
    {
        writer.WriteLine();
        writer.WriteLine(title);
        int width = values.Keys.Select(k => k.Length).DefaultIfEmpty().Max();
        foreach ((string key, string value) in values)
        {
            writer.WriteLine($"  {key.PadRight(width)}  {value}");
        }
    }
}
