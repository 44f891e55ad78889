using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The recipe of a feature set.</summary>
/// <param name="Data">Where the clips come from.</param>
/// <param name="FrontEnd">The front end's versioned name.</param>
/// <param name="Augment">The augmentation chain; null where there is none.</param>
public sealed record FeatureSetDefinition(DataDefinition Data, string FrontEnd, AugmentSpec? Augment)
{
    /// <summary>How features are stored; null: as <see cref="RowFormat.Features"/>. A set of audio says nothing here.</summary>
    public RowFormat? Type { get; init; }

    /// <summary>The set whose rows come first and keep their shards; null: none.</summary>
    public ExtendedSet? Extends { get; init; }
}

/// <summary>A set that another goes on from.</summary>
/// <param name="Name">What the recipe calls it, for messages.</param>
/// <param name="Definition">Its recipe, where <paramref name="Name"/> is a name; it is planned anew.</param>
/// <param name="Id">The set, where <paramref name="Name"/> is an id; it stays as it was planned, whatever became of its recordings.</param>
public sealed record ExtendedSet(string Name, FeatureSetDefinition? Definition, FeatureSetId? Id);
