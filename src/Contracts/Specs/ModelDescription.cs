namespace Pipeline.Contracts;

/// <summary>A registered version that a model learned from.</summary>
/// <param name="Name">The registered model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Run">The run that trained it.</param>
/// <param name="WeightsSha256">Hash of its weights' bytes.</param>
public sealed record Lineage(string Name, long Version, RunId Run, string WeightsSha256);

/// <summary>What a model version is: enough to rebuild its graph, load its weights and feed it a recording.</summary>
public sealed record ModelDescription
{
    /// <summary>The model's name in the zoo.</summary>
    public required string Model { get; init; }

    /// <summary>The model's parameters, <c>classes</c> included.</summary>
    public required SortedDictionary<string, ParameterValue> ModelParameters { get; init; }

    /// <summary>The class names in the order of the outputs.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The front end's versioned name.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>Frames the model was trained on, the front end's for one second of sound.</summary>
    public required int Frames { get; init; }

    /// <summary>The feature set it was trained on.</summary>
    public required FeatureSetId FeatureSet { get; init; }

    /// <summary>The terms of the recordings that it, and the model that it was distilled from, were trained on.</summary>
    public IReadOnlyList<DataLicence> Licences { get; init; } = [];

    /// <summary>Blob of the weights (safetensors).</summary>
    public required string WeightsBlob { get; init; }

    /// <summary>Hash of the weights' bytes.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The run that trained it.</summary>
    public required RunId Run { get; init; }

    /// <summary>The metrics of that run's epoch that counts.</summary>
    public required SortedDictionary<string, double> Metrics { get; init; }

    /// <summary>The version that it was distilled from; null: it learned from labels alone.</summary>
    public Lineage? DistilledFrom { get; init; }
}
