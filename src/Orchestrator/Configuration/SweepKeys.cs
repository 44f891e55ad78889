using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of a sweep file.</summary>
internal static class SweepKeys
{
    /// <summary>Seeds of a configuration: enough for any statistics over training runs.</summary>
    private const int MaxSeeds = 100;

    /// <summary>Values of a choice.</summary>
    private const int MaxChoices = 1000;

    /// <summary>The budget that leaves the file as it stands.</summary>
    public const string FullBudget = "full";

    private static readonly string[] Measured = ["accuracy", "loss", "uar", "macroF1", "batchAccuracy"];

    private static readonly string[] EpochMetrics = ["train/accuracy", "train/loss", .. Measured.Select(static m => "val/" + m)];

    private static readonly string[] Metrics = [.. EpochMetrics, .. Measured.Select(static m => "test/" + m)];

    // The schedule's keys stand in a map of their own in the file, and beside the others where a sweep varies them.
    private static readonly string[] ScheduleNames = ["warmupEpochs", "holdEpochs", "decay", "decayFactor", "decayEvery", "decayPower"];

    public static Key[] Schedule { get; } = [.. TrainKeys.All.Where(static k => ScheduleNames.Contains(k.Name)).Select(OfTrain)];

    /// <summary>Before the names of the keys of <c>distill</c> where a sweep varies them: <c>train.distillWeight</c>.</summary>
    public const string DistillPrefix = "distill";

    private static MapShape Distill { get; } = new(
    [
        new("from", "The registered model that is the teacher, NAME@ALIAS or NAME@VERSION: the version that it stands for when the sweep is submitted. Of the same classes and front end.", new TextShape("a registered model, as kws@champion", @"[^@\s]+@[^@\s]+")) { IsRequired = true },
        .. TrainKeys.All.Where(static k => IsDistill(k.Name)).Select(static k => OfTrain(k with { Name = InDistill(k.Name) }) with { IsRequired = k.Name == "distillWeight" }),
    ]);

    public static MapShape Train { get; } = new(
    [
        .. TrainKeys.All.Where(static k => !ScheduleNames.Contains(k.Name) && !IsDistill(k.Name)).Select(OfTrain),
        new("distill", "Learns from a registered model besides the labels (Hinton et al. 2015).", Distill),
        new("schedule", "How the learning rate moves.", new MapShape(Schedule)),
    ]);

    private static MapShape Space { get; } = new(
    [
        new("choice", "One of these values.", new ListShape(new ScalarShape(), 1, MaxChoices)),
        new("uniform", "A number between two bounds.", Bounds(whole: false)),
        new("logUniform", "A number between two positive bounds, its logarithm uniform.", Bounds(whole: false)),
        new("intUniform", "A whole number between two bounds, both included.", Bounds(whole: true)),
    ], IsChoice: true);

    public static MapShape Sweep { get; } = new(
    [
        new("name", "The sweep's name; its runs' experiment has it too.", FeatureSetKeys.NameShape) { IsRequired = true },
        new("model", "The model's name in the zoo.", new TextShape("a model's name")) { IsRequired = true },
        new("featureSet", "The feature set: its name in pipeline.yaml, or one written here.", new EitherShape(FeatureSetKeys.NameShape, FeatureSetKeys.FeatureSet)) { IsRequired = true },
        new("search", "How parameters are chosen.", new MapShape(
        [
            new("method", "grid: every combination; random: independent draws; ablation: the whole, then without each part of `ablate`.", FeatureSetKeys.Words<SearchMethod>()) { Default = "grid" },
            new("trials", "Configurations of a random search.", new NumberShape(1, Search.MaxTrials, Whole: true)),
            FeatureSetKeys.Seed(0),
        ])),
        new("parameters", "Parameters by key (model.*, train.*, augment.*): a value, or the values to search.", new NamesShape("parameter", new EitherShape(new ScalarShape(), Space))),
        new("ablate", "Of an ablation: what is taken away, one at a time: by its name, the parameters that turn it off, with their values.", new NamesShape(
            "part", new NamesShape("parameter", new ScalarShape()))),
        new("seeds", "Runs of each configuration: how many, or the list of their seeds.", new EitherShape(
            new NumberShape(1, MaxSeeds, Whole: true), new ListShape(new NumberShape(0, FeatureSetKeys.MaxSeed, Whole: true), 1, MaxSeeds))) { Default = 1 },
        new("folds", "Cross-validation: all clips are dealt out into folds, and each configuration is run once for each, tested on it. For measuring: nothing is registered.", new MapShape(
        [
            new("count", "Folds; as many as speakers leave one speaker out at a time.", new NumberShape(2, 100, Whole: true)) { IsRequired = true },
            new("by", "What stays in one fold: each clip, or all clips of a speaker.", FeatureSetKeys.Words<FoldBy>()) { Default = "speaker" },
            new("validation", "What a trial is validated on: the next fold, the tested one (too good where the epoch is chosen by it), or none.", FeatureSetKeys.Words<FoldValidation>()) { Default = "next" },
            FeatureSetKeys.Seed(0),
        ])),
        new("objective", "The metric sought.", new MapShape(
        [
            new("maximize", "The metric whose greatest value is best.", new WordShape(Metrics)),
            new("minimize", "The metric whose least value is best.", new WordShape(Metrics)),
        ], IsChoice: true)),
        new("train", "The recipe.", Train),
        new("resources", "What a trial runs on.", new MapShape(
        [
            new("device", "cpu, or cuda:N. The kind decides the bits; on a server, workers of the kind take their own device.", new TextShape("cpu or cuda:N", @"cpu|cuda:\d{1,2}")) { Default = "cpu" },
            new("threads", "Threads of one trial's arithmetic; part of what decides its bits.", new NumberShape(1, 256, Whole: true)) { Default = 1 },
            new("slots", "Trials that each worker which submit starts runs at once, sharing its device; changes no result. Absent: workers.slots of pipeline.yaml.", new NumberShape(1, 64, Whole: true)),
        ])),
        new("register", "Where the best trial is registered.", new MapShape(
        [
            new("model", "The registered model.", FeatureSetKeys.NameShape) { IsRequired = true },
            new("alias", "The alias that its version gets.", FeatureSetKeys.NameShape) { IsRequired = true },
        ])),
        new("earlyStopping", "Ends trials that will not win. A trial is judged by those of lower number alone, so that the table does not depend on the timing.", new MapShape(
        [
            new("method", "asha: at rungs minEpochs, minEpochs·eta, minEpochs·eta² … among the best 1/eta so far; median: every minEpochs not below the median so far.", FeatureSetKeys.Words<EarlyStoppingMethod>()) { IsRequired = true },
            new("metric", "A metric of every epoch.", new WordShape(EpochMetrics)) { Default = "val/accuracy" },
            new("minEpochs", "The first rung.", new NumberShape(1, 100_000, Whole: true)) { Default = 1 },
            new("eta", "asha: the distance of the rungs, and how many of which one goes on.", new NumberShape(2, 100, Whole: true)) { Default = 3 },
        ])),
        new("budget", "The budget that is taken; full: the file as it stands.", FeatureSetKeys.NameShape) { Default = FullBudget },
        new("budgets", "Sizes of the sweep by name: keys, as --set takes them, with their values; for example `small: { train.epochs: 2, seeds: 1 }`, taken by --set budget=small.", new NamesShape(
            "budget", new NamesShape("key", new ScalarShape()))),
        new("deploy", "What is done with the best version. No part of the sweep's id: it may change from submit to submit.", DeployKeys.Deploy),
        new("gates", "What must hold before it is promoted, beside the gates of the model in pipeline.yaml.", DeployKeys.GatesShape),
    ]);

    private static bool IsDistill(string name) => name.StartsWith(DistillPrefix, StringComparison.Ordinal);

    private static string InDistill(string name) => char.ToLowerInvariant(name[DistillPrefix.Length]) + name[(DistillPrefix.Length + 1)..];

    private static ListShape Bounds(bool whole) => new(new NumberShape(-1e9, 1e9, whole), 2, 2);

    private static Key OfTrain(TrainKey key) => new(key.Name, key.Doc, key.Words is null ? new NumberShape(key.Min, key.Max, key.Whole) : new WordShape(key.Words))
    {
        Default = key.Default.IsNumber ? key.Default.AsNumber() : key.Default.ToString(),
    };
}
