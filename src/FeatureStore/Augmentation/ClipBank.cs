namespace Pipeline.FeatureStore.Augmentation;

/// <summary>The training clips that augmentation may mix into one another.</summary>
/// <param name="count">How many there are.</param>
/// <param name="read">Fills a span with the samples of a clip; called by any thread.</param>
internal sealed class ClipBank(int count, ClipBank.Reader read)
{
    /// <summary>Fills <paramref name="samples"/> with clip <paramref name="index"/>, zeros after its end.</summary>
    public delegate void Reader(int index, Span<float> samples);

    /// <summary>No clips.</summary>
    public static ClipBank Empty { get; } = new(0, static (_, _) => { });

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>Reads a clip.</summary>
    public void Read(int index, Span<float> samples) => read(index, samples);
}
