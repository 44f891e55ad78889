namespace Pipeline.Bench;

/// <summary>A subject of <c>./bench</c>.</summary>
internal interface IBenchmark
{
    /// <summary>The subject's name on the command line.</summary>
    string Name { get; }

    /// <summary>Measures; what it says meanwhile goes to <paramref name="say"/>.</summary>
    Task<IReadOnlyList<Figure>> RunAsync(Action<string> say);
}
