using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A sweep in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Submitted">When it was submitted first.</param>
/// <param name="Trials">Its trials.</param>
/// <param name="Ended">Those that ended.</param>
/// <param name="Best">The best objective so far.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record SweepSummary(SweepId Id, SweepState State, DateTimeOffset Submitted, int Trials, int Ended, double? Best, string? Failure);

/// <summary>A trial in the result table. All but <see cref="Seconds"/> and <see cref="ClipsPerSecond"/> is the same whatever the workers and the timing.</summary>
public sealed record TrialRow
{
    /// <summary>Its number, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Trials that differ in their seed alone share a configuration.</summary>
    public required int Configuration { get; init; }

    /// <summary>Where it stands.</summary>
    public required TrialState State { get; init; }

    /// <summary>The sweep's parameters, fixed and varied.</summary>
    public required SortedDictionary<string, ParameterValue> Parameters { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The fold that it is tested on, from 0; null where there are no folds.</summary>
    public int? Fold { get; init; }

    /// <summary>The objective's value, once it succeeded; of a trial that was ended early, the last that it measured.</summary>
    public double? Objective { get; init; }

    /// <summary>Epochs run so far.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs it will run.</summary>
    public required int EpochsPlanned { get; init; }

    /// <summary>Its run in the registry.</summary>
    public required RunId Run { get; init; }

    /// <summary>The result's metrics, or those of the last epoch while it runs.</summary>
    public SortedDictionary<string, double>? Metrics { get; init; }

    /// <summary>Wall-clock seconds of training, once it succeeded.</summary>
    public double? Seconds { get; init; }

    /// <summary>Training clips a second in the last epoch.</summary>
    public double? ClipsPerSecond { get; init; }

    /// <summary>Counts on the test split, [true class][predicted class], once it succeeded.</summary>
    public int[][]? Confusion { get; init; }

    /// <summary>Learnable parameters of the model, once it succeeded.</summary>
    public int? ModelParameters { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    internal static TrialRow Of(TrialRecord trial, ObjectiveSpec objective) => new()
    {
        Number = trial.Number,
        Configuration = trial.Configuration,
        State = trial.State,
        Parameters = trial.Parameters,
        Seed = trial.Spec.Seed,
        Fold = trial.Spec.Fold?.Index,
        Objective = trial.State == TrialState.Stopped && trial.Metrics?.TryGetValue(objective.Metric, out double last) == true ? last : trial.Objective(objective),
        Epochs = trial.Epoch,
        EpochsPlanned = trial.Spec.Train.Epochs,
        Run = RunId.For(trial.Spec.Trial),
        Metrics = trial.Result?.Metrics ?? trial.Metrics,
        Seconds = trial.Result?.Seconds,
        ClipsPerSecond = trial.ClipsPerSecond,
        Confusion = trial.Result?.Confusion,
        ModelParameters = trial.Result?.Parameters,
        Failure = trial.Failure,
    };
}

/// <summary>A mean with its spread.</summary>
/// <param name="Mean">The mean; null where there is no value.</param>
/// <param name="Deviation">The standard deviation (n - 1); null below two values.</param>
public sealed record Spread(double? Mean, double? Deviation)
{
    /// <summary>That of the values that are there.</summary>
    public static Spread Of(IEnumerable<double?> measured)
    {
        double[] values = [.. measured.OfType<double>()];
        double mean = values.Length > 0 ? values.Average() : 0;
        return new Spread(
            values.Length > 0 ? mean : null,
            values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : null);
    }
}

/// <summary>The trials of one configuration over its seeds and folds.</summary>
/// <param name="Configuration">Its number.</param>
/// <param name="Name">What it is called; null where it has no name.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Succeeded">Trials that ran to their end and have an objective.</param>
/// <param name="Objective">Their objective.</param>
/// <param name="TestAccuracy">Their accuracy on the test split.</param>
/// <param name="Pooled">The test figures of all its trials' predictions together; null where none succeeded.</param>
/// <param name="ObjectiveChange">Of an ablation: the objective less that of the whole with the same seed and fold.</param>
/// <param name="TestAccuracyChange">Of an ablation: the accuracy less that of the whole with the same seed and fold.</param>
public sealed record ConfigurationRow(
    int Configuration,
    string? Name,
    SortedDictionary<string, ParameterValue> Parameters,
    int Succeeded,
    Spread Objective,
    Spread TestAccuracy,
    ConfusionFigures? Pooled,
    Spread? ObjectiveChange,
    Spread? TestAccuracyChange)
{
    /// <summary>A row for each configuration, in order.</summary>
    /// <param name="trials">All trials of a sweep.</param>
    /// <param name="names">What its configurations are called, the first of them the whole; null where they have no names.</param>
    public static IReadOnlyList<ConfigurationRow> Of(IReadOnlyList<TrialRow> trials, IReadOnlyList<string>? names = null)
    {
        ILookup<(ulong, int?), TrialRow> whole = trials.Where(static t => t.Configuration == 0).ToLookup(static t => (t.Seed, t.Fold));
        return [.. trials.GroupBy(static t => t.Configuration).OrderBy(static g => g.Key).Select(group =>
        {
            bool isPart = names is not null && group.Key > 0;
            return new ConfigurationRow(
                group.Key,
                names?[group.Key],
                group.First().Parameters,
                group.Count(static t => Objective(t) is not null),
                Spread.Of(group.Select(Objective)),
                Spread.Of(group.Select(Accuracy)),
                ConfusionFigures.OfSum([.. group.Select(static t => t.Confusion).OfType<int[][]>()]),
                isPart ? Spread.Of(group.Select(t => Objective(t) - Objective(whole[(t.Seed, t.Fold)].First()))) : null,
                isPart ? Spread.Of(group.Select(t => Accuracy(t) - Accuracy(whole[(t.Seed, t.Fold)].First()))) : null);
        })];

        static double? Objective(TrialRow trial) => trial.State == TrialState.Succeeded ? trial.Objective : null;

        static double? Accuracy(TrialRow trial) =>
            trial.State == TrialState.Succeeded && trial.Metrics?.TryGetValue("test/accuracy", out double accuracy) == true ? accuracy : null;
    }
}

/// <summary>How far a sweep is.</summary>
public sealed record SweepProgress
{
    /// <summary>The sweep.</summary>
    public required SweepId Sweep { get; init; }

    /// <summary>Where it stands.</summary>
    public required SweepState State { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>What is sought.</summary>
    public required ObjectiveSpec Objective { get; init; }

    /// <summary>Shards built.</summary>
    public required int ShardsDone { get; init; }

    /// <summary>Shards of the feature set.</summary>
    public required int Shards { get; init; }

    /// <summary>All trials by number; with what they measured last.</summary>
    public required IReadOnlyList<TrialRow> Trials { get; init; }

    /// <summary>What the configurations are called; null where they have no names.</summary>
    public IReadOnlyList<string>? ConfigurationNames { get; init; }

    /// <summary>The best trial so far.</summary>
    public TrialRow? Best { get; init; }

    /// <summary>The version that the best trial became, once registered.</summary>
    public long? RegisteredVersion { get; init; }

    /// <summary>Where the best is registered.</summary>
    public RegisterSpec? Register { get; init; }

    /// <summary>Training clips a second, over all trials that run.</summary>
    public required double ClipsPerSecond { get; init; }

    /// <summary>Epochs run, over all trials.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Epochs to run, over all trials.</summary>
    public required int Epochs { get; init; }

    /// <summary>Seconds left at the rate since the orchestrator started; null before the first epoch.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>What is done with that version; null: nothing.</summary>
    public DeploySpec? Deploy { get; init; }

    /// <summary>The builds of that version for its targets that were asked for.</summary>
    public IReadOnlyList<BuildRow> Builds { get; init; } = [];

    /// <summary>Whether nothing more happens.</summary>
    public bool IsFinal => Lifecycles.Sweep.IsFinal(State);
}
