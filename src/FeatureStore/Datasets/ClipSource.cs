namespace Pipeline.FeatureStore.Datasets;

/// <summary>A clip as found, before it is checked and hashed.</summary>
/// <param name="Id">Unique in its source.</param>
/// <param name="Class">Name of its class; null for a background recording.</param>
/// <param name="Word">What is said.</param>
/// <param name="Speaker">Who says it; empty where unknown.</param>
/// <param name="Split">The split.</param>
/// <param name="File">Absolute path; null for a clip of zeros.</param>
/// <param name="Row">Row of an imported array.</param>
internal sealed record FoundClip(string Id, string? Class, string Word, string Speaker, Split Split, string? File, int? Row = null)
{
    /// <summary>How it is made of its file; null: it is the file as it stands.</summary>
    public ClipReading? Reading { get; init; }
}

/// <summary>What a source holds.</summary>
/// <param name="Classes">The class names in the order of the labels.</param>
/// <param name="Clips">The clips, background recordings among them.</param>
/// <param name="ClipSeconds">Seconds of sound in a row.</param>
internal sealed record FoundData(IReadOnlyList<string> Classes, IReadOnlyList<FoundClip> Clips, double ClipSeconds = 1);

/// <summary>A clip that a set has which another goes on from.</summary>
/// <param name="Id">Its id; up to the first slash the folder or label that it was found under.</param>
/// <param name="Split">Its split.</param>
/// <param name="Class">Its class in the source; null where a pool gave it another, so that the folder tells it.</param>
internal sealed record HeldClip(string Id, Split Split, string? Class)
{
    /// <summary>The folder or label that it was found under.</summary>
    public string Folder => Id[..Math.Max(0, Id.IndexOf('/', StringComparison.Ordinal))];
}
