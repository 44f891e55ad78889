using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>How the parameters of trials are chosen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SearchMethod>))]
public enum SearchMethod
{
    /// <summary>Every combination once; the parameter written last varies fastest.</summary>
    Grid,

    /// <summary>Independent draws.</summary>
    Random,

    /// <summary>The whole, then the whole with one switch turned at a time: what each part of it is worth.</summary>
    Ablation,
}

/// <summary>The search. <paramref name="Trials"/> counts configurations of a random search; a grid has as many as it has cells.</summary>
public sealed record SearchSpec(SearchMethod Method, int Trials, ulong Seed);

/// <summary>A part of the whole that an ablation takes away: the parameters that turn it off.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Parameters">Their values without it.</param>
public sealed record AblationSwitch(string Name, SortedDictionary<string, ParameterValue> Parameters);

/// <summary>What makes one trial better than another.</summary>
/// <param name="Metric">A metric of the trial's result, for example <c>val/accuracy</c>.</param>
/// <param name="Maximize">Whether the greater is better.</param>
public sealed record ObjectiveSpec(string Metric, bool Maximize);

/// <summary>The registered model and the alias that the best trial gets.</summary>
public sealed record RegisterSpec(string Model, string Alias);

/// <summary>A sweep, every default filled in: with the feature set and the code it decides every trial.</summary>
public sealed record SweepDefinition
{
    /// <summary>Its name: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>The model's name in the zoo.</summary>
    public required string Model { get; init; }

    /// <summary>The feature set's name for people.</summary>
    public required string FeatureSet { get; init; }

    /// <summary>The front end's versioned name.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>The augmentation drawn while training; null where there is none, or where copies are stored.</summary>
    public AugmentSpec? Augment { get; init; }

    /// <summary>How parameters are chosen.</summary>
    public required SearchSpec Search { get; init; }

    /// <summary>The parameters, fixed or varied, in the order of the file.</summary>
    public required IReadOnlyList<SweptParameter> Parameters { get; init; }

    /// <summary>What an ablation takes away, one at a time; null for other searches.</summary>
    public IReadOnlyList<AblationSwitch>? Ablate { get; init; }

    /// <summary>Each configuration is run with each of these seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Each configuration is run with each fold, for each seed; null: on the feature set's own splits.</summary>
    public FoldsSpec? Folds { get; init; }

    /// <summary>What is sought.</summary>
    public required ObjectiveSpec Objective { get; init; }

    /// <summary>The recipe, before the parameters change it.</summary>
    public required TrainSpec Train { get; init; }

    /// <summary>The registered model that trials learn from, as the file names it; null: none.</summary>
    public string? TeacherName { get; init; }

    /// <summary>The version that the name stood for when the sweep was submitted; null before.</summary>
    public TeacherSpec? Teacher { get; init; }

    /// <summary>What a trial runs on.</summary>
    public required ResourceSpec Resources { get; init; }

    /// <summary>When trials are ended early; null: never.</summary>
    public EarlyStoppingSpec? EarlyStopping { get; init; }

    /// <summary>Where the best trial is registered; null where it is not.</summary>
    public RegisterSpec? Register { get; init; }

    /// <summary>The keys that differ between configurations.</summary>
    [JsonIgnore]
    public IEnumerable<string> VariedKeys =>
        [.. Parameters.Where(static p => p.Space is not FixedValue).Select(static p => p.Key), .. (Ablate ?? []).SelectMany(static a => a.Parameters.Keys).Distinct()];

    /// <summary>What the configurations are called, where they have names: those of an ablation.</summary>
    [JsonIgnore]
    public IReadOnlyList<string>? ConfigurationNames => Ablate is null ? null : ["whole", .. Ablate.Select(static a => "without " + a.Name)];
}
