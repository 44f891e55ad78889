using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Tests;

public sealed class SearchTests
{
    private static readonly SweepId AnySweep = new("s-0");
    private static readonly FeatureSetId AnySet = new("0123456789abcdef");

    [Fact]
    public void A_grid_runs_every_cell_once_the_last_key_fastest()
    {
        SweepDefinition sweep = Definition(
            SearchMethod.Grid,
            0,
            new("model.tau", new Choice([1, 2])),
            new("train.optimizer", new FixedValue("sgd")),
            new("train.batchSize", new Choice([10, 20, 30])));
        Assert.Equal(6, Search.ConfigurationCount(sweep));
        Assert.Equal(
            ["1 10", "1 20", "1 30", "2 10", "2 20", "2 30"],
            Enumerable.Range(0, 6).Select(i => Search.Configuration(sweep, i)).Select(static c => $"{c["model.tau"]} {c["train.batchSize"]}"));
    }

    [Fact]
    public void An_ablation_runs_the_whole_then_without_each_part_and_compares_equal_seeds()
    {
        SweepDefinition sweep = Definition(SearchMethod.Ablation, 0, new SweptParameter("train.batchSize", new FixedValue(10))) with
        {
            Ablate =
            [
                new AblationSwitch("momentum", new(StringComparer.Ordinal) { ["train.momentum"] = 0 }),
                new AblationSwitch("batches", new(StringComparer.Ordinal) { ["train.batchSize"] = 1 }),
            ],
            Seeds = [7, 8],
        };
        IReadOnlyList<PlannedTrial> trials = TrialPlanner.Plan(sweep, AnySweep, AnySet);
        Assert.Equal(
            [(0, 7UL, 10, 0.9), (0, 8UL, 10, 0.9), (1, 7UL, 10, 0.0), (1, 8UL, 10, 0.0), (2, 7UL, 1, 0.9), (2, 8UL, 1, 0.9)],
            trials.Select(static t => (t.Configuration, t.Spec.Seed, t.Spec.Train.BatchSize, t.Spec.Train.Momentum)));

        double[] objectives = [0.8, 0.9, 0.7, 0.6, 0.8, 0.95];
        IReadOnlyList<ConfigurationRow> rows = ConfigurationRow.Of(
            [.. trials.Select((t, i) => new TrialRow
            {
                Number = i, Configuration = t.Configuration, State = TrialState.Succeeded, Parameters = [], Seed = t.Spec.Seed, Objective = objectives[i],
                Epochs = 1, EpochsPlanned = 1, Run = RunId.For(t.Spec.Trial),
            })],
            sweep.ConfigurationNames);
        Assert.Equal(["whole", "without momentum", "without batches"], rows.Select(static r => r.Name));
        Assert.Null(rows[0].ObjectiveChange);
        Assert.Equal(-0.2, rows[1].ObjectiveChange!.Mean!.Value, 12);
        Assert.Equal(Math.Sqrt(0.02), rows[1].ObjectiveChange!.Deviation!.Value, 12);
        Assert.Equal(0.025, rows[2].ObjectiveChange!.Mean!.Value, 12);
    }

    [Fact]
    public void A_sweep_without_parameters_is_one_configuration_and_seeds_repeat_it()
    {
        IReadOnlyList<PlannedTrial> trials = TrialPlanner.Plan(Definition(SearchMethod.Grid, 0) with { Seeds = [7, 8] }, AnySweep, AnySet);
        Assert.Equal([(0, 0, 7UL), (1, 0, 8UL)], trials.Select(static t => (t.Spec.Trial.Number, t.Configuration, t.Spec.Seed)));
    }

    [Fact]
    public void A_random_draw_depends_on_seed_number_and_key_alone()
    {
        SweptParameter rate = new("train.learningRate", new LogUniform(0.001, 1));
        SweptParameter tau = new("model.tau", new Choice([1, 2, 3]));
        SweepDefinition one = Definition(SearchMethod.Random, 50, rate);
        SweepDefinition two = Definition(SearchMethod.Random, 500, tau, rate);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(Search.Configuration(one, i)[rate.Key], Search.Configuration(two, i)[rate.Key]);
        }

        SweepDefinition other = one with { Search = one.Search with { Seed = 8 } };
        Assert.NotEqual(Search.Configuration(one, 0)[rate.Key], Search.Configuration(other, 0)[rate.Key]);
    }

    [Fact]
    public void Draws_stay_in_their_ranges_and_spread_as_they_should()
    {
        SweepDefinition sweep = Definition(
            SearchMethod.Random,
            4000,
            new("a", new Uniform(-1, 3)),
            new("b", new LogUniform(0.0001, 1)),
            new("c", new IntUniform(2, 5)),
            new("d", new Choice(["x", "y"])));
        SortedDictionary<string, ParameterValue>[] draws = [.. Enumerable.Range(0, 4000).Select(i => Search.Configuration(sweep, i))];
        double[] a = [.. draws.Select(static d => d["a"].AsNumber())];
        double[] b = [.. draws.Select(static d => d["b"].AsNumber())];
        int[] c = [.. draws.Select(static d => d["c"].AsInteger())];
        Assert.All(a, static v => Assert.InRange(v, -1, 3));
        Assert.All(b, static v => Assert.InRange(v, 0.0001, 1));
        Assert.InRange(a.Average(), 0.9, 1.1);

        // The logarithm's mean: half of four decades.
        Assert.InRange(b.Average(static v => Math.Log10(v)), -2.1, -1.9);
        Assert.Equal([2, 3, 4, 5], c.Distinct().Order());
        Assert.All(c.GroupBy(static v => v), static g => Assert.InRange(g.Count(), 850, 1150));
        Assert.InRange(draws.Count(static d => d["d"].AsText() == "x"), 1850, 2150);
    }

    [Fact]
    public void The_first_draws_are_what_they_were()
    {
        // A change here changes what every stored random sweep means.
        SweepDefinition sweep = Definition(SearchMethod.Random, 3, new SweptParameter("train.learningRate", new LogUniform(0.001, 1)));
        Assert.Equal(GoldenDraws, string.Join(' ', Enumerable.Range(0, 3).Select(i => Search.Configuration(sweep, i)["train.learningRate"])));
    }

    [Fact]
    public void Parameters_change_the_model_the_recipe_and_the_augmentation()
    {
        SweepDefinition sweep = Definition(SearchMethod.Grid, 0) with { Augment = new AugmentSpec { Steps = [new ShiftStep(100)] } };
        TrialSpec spec = TrialPlanner.Specify(
            sweep,
            new(StringComparer.Ordinal) { ["model.tau"] = 2, ["train.decay"] = "none", ["train.batchSize"] = 7, ["augment.shiftMs"] = 50 },
            new TrialId(AnySweep, 0),
            AnySet,
            3);
        Assert.Equal(2, spec.ModelParameters["tau"].AsInteger());
        Assert.Equal((DecayKind.None, 7), (spec.Train.Decay, spec.Train.BatchSize));
        Assert.Equal([new ShiftStep(50)], spec.Augment!.Steps);
        SortedDictionary<string, string> listed = RunParameters.Of(spec);
        Assert.Equal(("2", "none", "7", "50", "3"), (listed["model.tau"], listed["train.decay"], listed["train.batchSize"], listed["augment.shiftMs"], listed["seed"]));
    }

    [Fact]
    public void Every_key_of_the_recipe_is_among_the_runs_parameters()
    {
        TrialSpec spec = TrialPlanner.Specify(Definition(SearchMethod.Grid, 0), new(StringComparer.Ordinal), new TrialId(AnySweep, 0), AnySet, 3);
        Assert.Empty(TrainKeys.All.Select(static k => "train." + k.Name).Except(RunParameters.Of(spec).Keys));
        Assert.Equal(typeof(TrainSpec).GetProperties().Length, TrainKeys.All.Count);
    }

    [Fact]
    public void The_sweeps_id_follows_definition_data_and_code_and_nothing_else()
    {
        SweepDefinition sweep = Definition(SearchMethod.Grid, 0, new SweptParameter("model.tau", new Choice([1, 2])));
        SweepId id = TrialPlanner.IdOf(sweep, AnySet, "code");
        Assert.StartsWith("test-", id.Value, StringComparison.Ordinal);
        Assert.Equal(id, TrialPlanner.IdOf(Definition(SearchMethod.Grid, 0, new SweptParameter("model.tau", new Choice([1, 2]))), AnySet, "code"));
        Assert.NotEqual(id, TrialPlanner.IdOf(sweep with { Seeds = [2] }, AnySet, "code"));
        Assert.NotEqual(id, TrialPlanner.IdOf(sweep, new FeatureSetId("0123456789abcdee"), "code"));
        Assert.NotEqual(id, TrialPlanner.IdOf(sweep, AnySet, "other code"));
    }

    [Fact]
    public void A_configurations_mean_and_deviation_are_those_of_its_trials()
    {
        TrialRow Row(int number, int configuration, double? objective) => new()
        {
            Number = number, Configuration = configuration, State = TrialState.Succeeded, Parameters = [], Seed = 0, Objective = objective,
            Epochs = 1, EpochsPlanned = 1, Run = RunId.For(new TrialId(AnySweep, number)),
        };
        IReadOnlyList<ConfigurationRow> rows = ConfigurationRow.Of([Row(0, 0, 0.8), Row(1, 0, 0.9), Row(2, 1, 0.5), Row(3, 1, null), Row(4, 2, null)]);
        Assert.Equal(2, rows[0].Succeeded);
        Assert.Equal(0.85, rows[0].Objective.Mean!.Value, 12);
        Assert.Equal(0.0707106781, rows[0].Objective.Deviation!.Value, 9);
        Assert.Equal((1, 0.5, null), (rows[1].Succeeded, rows[1].Objective.Mean, rows[1].Objective.Deviation));
        Assert.Null(rows[2].Objective.Mean);
    }

    private const string GoldenDraws = "0.00955937 0.0141638 0.704735";

    private static SweepDefinition Definition(SearchMethod method, int trials, params SweptParameter[] parameters) => new()
    {
        Name = "test",
        Model = "bc-resnet",
        FeatureSet = "set",
        FrontEnd = "log-mel-40-torchaudio",
        Search = new SearchSpec(method, trials, 7),
        Parameters = parameters,
        Seeds = [1],
        Objective = new ObjectiveSpec("val/accuracy", Maximize: true),
        Train = new TrainSpec(),
        Resources = new ResourceSpec(),
    };
}
