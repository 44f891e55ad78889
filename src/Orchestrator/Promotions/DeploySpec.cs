using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>What is done with the best version of a sweep. It decides no result, so it is no part of the sweep's id and may change from submit to submit.</summary>
public sealed record DeploySpec
{
    /// <summary>What it is built for.</summary>
    public required IReadOnlyList<TargetSpec> Targets { get; init; }

    /// <summary>Where it is promoted; null: nowhere.</summary>
    public PromoteSpec? Promote { get; init; }

    /// <summary>What must hold for that: the model's gates and the sweep's own.</summary>
    public required IReadOnlyList<Gate> Gates { get; init; }
}

/// <summary>The alias that a version gets, and the fleet that gets its artifacts.</summary>
public sealed record PromoteSpec(string To, string? Fleet)
{
    /// <summary>Data sets whose non-commercial licence does not stop the promotion; null: none.</summary>
    public IReadOnlyList<string>? AllowLicences { get; init; }
}

/// <summary>Boards that run one version of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">The labels that its devices have.</param>
/// <param name="Targets">The targets it has boards of; null: whatever a version was built for.</param>
public sealed record FleetSpec(string Name, SortedDictionary<string, string> Labels, IReadOnlyList<string>? Targets);
