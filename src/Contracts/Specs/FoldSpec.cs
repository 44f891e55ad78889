using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>What stays together when a set is cut into folds.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FoldBy>))]
public enum FoldBy
{
    /// <summary>Nothing: clips are dealt out one by one.</summary>
    Clip,

    /// <summary>All clips of a speaker. As many folds as speakers leave one speaker out at a time.</summary>
    Speaker,
}

/// <summary>What a trial of a fold is validated on.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FoldValidation>))]
public enum FoldValidation
{
    /// <summary>The fold after the one that is tested, which is then not trained on.</summary>
    Next,

    /// <summary>The fold that is tested: for recipes that choose their epoch by the test, whose figures are too good.</summary>
    Test,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How a set is cut into folds: the splits of its own no longer count, all of their clips are dealt out.</summary>
/// <param name="Count">Folds, 2 to 100.</param>
/// <param name="By">What stays together.</param>
/// <param name="Validation">What a trial is validated on.</param>
/// <param name="Seed">Decides the dealing.</param>
public sealed record FoldsSpec(int Count, FoldBy By, FoldValidation Validation, ulong Seed);

/// <summary>The fold of a trial.</summary>
/// <param name="Folds">How the set is cut.</param>
/// <param name="Index">The fold that is tested, from 0.</param>
public sealed record FoldSpec(FoldsSpec Folds, int Index);
