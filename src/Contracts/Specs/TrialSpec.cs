using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>What a trial runs on.</summary>
public sealed record ResourceSpec
{
    /// <summary><c>cpu</c>, or <c>cuda:N</c>. The kind decides the bits; a worker that has a device of its own takes that one of the kind.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Whether the device is one of CUDA's.</summary>
    [JsonIgnore]
    public bool IsCuda => Device.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>Threads of the arithmetic of one trial. Part of what decides its bits, so it never follows the machine.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>A registered model that a trial learns from: the version that a name stood for when the sweep was submitted.</summary>
/// <param name="Name">The registered model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Model">What the version is.</param>
public sealed record TeacherSpec(string Name, long Version, ModelDescription Model);

/// <summary>Everything that decides a trial's result: equal specs, code and device kind give equal bits.</summary>
public sealed record TrialSpec
{
    /// <summary>The trial.</summary>
    public required TrialId Trial { get; init; }

    /// <summary>The model's name in the zoo.</summary>
    public required string Model { get; init; }

    /// <summary>The model's parameters, without <c>classes</c>, which the feature set gives.</summary>
    public required SortedDictionary<string, ParameterValue> ModelParameters { get; init; }

    /// <summary>The feature set trained on.</summary>
    public required FeatureSetId FeatureSet { get; init; }

    /// <summary>The front end's versioned name, for example <c>log-mel-40-torchaudio</c>.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>The augmentation drawn while training; null where there is none, or where copies are stored.</summary>
    public AugmentSpec? Augment { get; init; }

    /// <summary>The fold that it is tested on; null where the set's own splits count.</summary>
    public FoldSpec? Fold { get; init; }

    /// <summary>The recipe.</summary>
    public required TrainSpec Train { get; init; }

    /// <summary>The model that it learns from besides the labels; null: there is none.</summary>
    public TeacherSpec? Teacher { get; init; }

    /// <summary>What it runs on.</summary>
    public required ResourceSpec Resources { get; init; }

    /// <summary>Decides initial weights, order, dropout and augmentation.</summary>
    public required ulong Seed { get; init; }
}
