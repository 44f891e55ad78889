using System.Collections;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>The labels of a shard's rows, a column each: some ten bytes a row and a clip's name once, so that sets of millions of rows can be open.</summary>
internal sealed class ShardLabels : IReadOnlyList<ShardRow>
{
    private readonly NumberColumn _copies;
    private readonly TextColumn _words, _speakers;

    public ShardLabels(IReadOnlyDictionary<string, int[]> numbers, IReadOnlyDictionary<string, TextColumn> texts)
    {
        Count = numbers["label"].Length;
        (Labels, _copies, Lengths) = (new(numbers["label"]), new(numbers["copy"]), new(numbers["length"]));
        (Clips, _words, _speakers, Splits) = (texts["clip"], texts["word"], texts["speaker"], texts["split"]);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The rows' labels.</summary>
    public NumberColumn Labels { get; }

    /// <summary>Samples or frames that are sound and not padding.</summary>
    public NumberColumn Lengths { get; }

    /// <summary>The rows' clips.</summary>
    public TextColumn Clips { get; }

    /// <summary>The rows' splits.</summary>
    public TextColumn Splits { get; }

    /// <inheritdoc/>
    public ShardRow this[int index] => new(Clips[index], Labels[index], _words[index], _speakers[index], Splits[index], _copies[index], Lengths[index]);

    /// <inheritdoc/>
    public IEnumerator<ShardRow> GetEnumerator() => Enumerable.Range(0, Count).Select(row => this[row]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
