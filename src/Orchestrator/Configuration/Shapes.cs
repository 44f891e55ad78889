using System.Globalization;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>
/// What a place in a YAML file may hold. The checks, the messages and the JSON schemas all come from these, so that they cannot differ.
/// </summary>
internal abstract record Shape
{
    /// <summary>What was expected, for a message: "Expected …".</summary>
    public abstract string Expected { get; }
}

/// <summary>Words of a person, for example a name. <paramref name="Pattern"/> is a regular expression over the whole text.</summary>
internal sealed record TextShape(string What, string? Pattern = null) : Shape
{
    public override string Expected => What;
}

/// <summary>A path; relative ones start at the file's folder, and <c>${NAME}</c> stands for an environment variable.</summary>
internal sealed record PathShape : Shape
{
    public override string Expected => "a path";
}

/// <summary>A number from <paramref name="Min"/> to <paramref name="Max"/>.</summary>
internal sealed record NumberShape(double Min, double Max, bool Whole = false) : Shape
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture, $"a {(Whole ? "whole " : "")}number from {Min} to {Max}");
}

/// <summary>One of some words.</summary>
internal sealed record WordShape(IReadOnlyList<string> Words) : Shape
{
    public override string Expected => Words.Count == 1 ? Words[0] : "one of " + string.Join(", ", Words);
}

/// <summary>A number, a word or a switch.</summary>
internal sealed record ScalarShape : Shape
{
    public override string Expected => "a number, a word, true or false";
}

/// <summary>A list of <paramref name="Min"/> to <paramref name="Max"/> items.</summary>
internal sealed record ListShape(Shape Item, int Min, int Max) : Shape
{
    public override string Expected => Min == Max
        ? $"a list of {Min} items, each {Item.Expected}"
        : $"a list of {Min} to {Max} items, each {Item.Expected}";
}

/// <summary>A map with known keys; of a choice, exactly one of them.</summary>
internal sealed record MapShape(IReadOnlyList<Key> Keys, bool IsChoice = false) : Shape
{
    public override string Expected =>
        (IsChoice ? "a map with one of the keys " : "a map with the keys ") + string.Join(", ", Keys.Select(static k => k.Name));
}

/// <summary>A map from names, which the person chooses, to values of one shape.</summary>
internal sealed record NamesShape(string What, Shape Value) : Shape
{
    public override string Expected => $"a map from {What}s to {Value.Expected}";
}

/// <summary>A value of one shape where a single value is written, of another where a list or a map is.</summary>
internal sealed record EitherShape(Shape Single, Shape Many) : Shape
{
    public override string Expected => $"{Single.Expected}, or {Many.Expected}";
}

/// <summary>A key of a map.</summary>
/// <param name="Name">The key, camelCase.</param>
/// <param name="Doc">What it is, for the schema.</param>
/// <param name="Shape">What it holds.</param>
internal sealed record Key(string Name, string Doc, Shape Shape)
{
    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What holds where it is absent, for the schema.</summary>
    public object? Default { get; init; }
}
