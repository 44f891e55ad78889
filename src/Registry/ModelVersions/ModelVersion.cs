using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.Registry.ModelVersions;

/// <summary>A name under which versions of a model are kept.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">Free text; empty where there is none.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Updated">When it or its versions last changed.</param>
/// <param name="Tags">Free text by key.</param>
/// <param name="Aliases">Version by alias.</param>
public sealed record RegisteredModel(
    string Name,
    string Description,
    DateTimeOffset Created,
    DateTimeOffset Updated,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyDictionary<string, long> Aliases);

/// <summary>One version of a registered model, numbered from 1; it never changes but for its aliases and tags.</summary>
/// <param name="Name">The registered model.</param>
/// <param name="Version">Its number.</param>
/// <param name="Description">Free text; empty where there is none.</param>
/// <param name="Source">Where MLflow's clients find its files.</param>
/// <param name="Run">The run that made it; null where an MLflow client that registered it named none.</param>
/// <param name="User">Who registered it.</param>
/// <param name="Model">Enough to rebuild its graph, load its weights and feed it a recording; null for a model of another framework.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Updated">When it was last changed.</param>
/// <param name="Tags">Free text by key.</param>
/// <param name="Aliases">The aliases that point to it.</param>
public sealed record ModelVersion(
    string Name,
    long Version,
    string Description,
    string Source,
    RunId? Run,
    string User,
    ModelDescription? Model,
    DateTimeOffset Created,
    DateTimeOffset Updated,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<string> Aliases)
{
    /// <summary>The model, for what can only be done with one that was trained here.</summary>
    /// <exception cref="BadInputException">It was not.</exception>
    public ModelDescription Trained => Model ?? throw new BadInputException(
        $"Version {Version} of '{Name}' was registered by an MLflow client from '{Source}' and is no model that was trained here, " +
        "so it can neither be run nor be built for boards. Choose a version that a sweep registered.");
}

/// <summary>How an alias came to move.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PromotionKind>))]
public enum PromotionKind
{
    /// <summary>By hand, or by a sweep that registered its best.</summary>
    Set,

    /// <summary>By a promotion, its gates held.</summary>
    Promoted,

    /// <summary>Back to what was before.</summary>
    RolledBack,
}

/// <summary>A line of the promotion log: an alias moved. A null version stands for none.</summary>
/// <param name="Name">The registered model.</param>
/// <param name="Sequence">The line's number, from 1.</param>
/// <param name="Alias">The alias.</param>
/// <param name="FromVersion">Where it pointed.</param>
/// <param name="ToVersion">Where it points since.</param>
/// <param name="User">Who moved it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">How it came to move.</param>
/// <param name="Fleet">The fleet that got the version; null where none did.</param>
public sealed record Promotion(
    string Name,
    long Sequence,
    string Alias,
    long? FromVersion,
    long? ToVersion,
    string User,
    string Reason,
    DateTimeOffset Time,
    PromotionKind Kind = PromotionKind.Set,
    string? Fleet = null);
