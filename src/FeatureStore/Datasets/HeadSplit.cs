namespace Pipeline.FeatureStore.Datasets;

/// <summary>EdgeRNN's split (models.md 4.2): the first 80 % of some clips, rounded down, train, in the order of their names; the rest tests.</summary>
internal static class HeadSplit
{
    public static IEnumerable<FoundClip> Of(IReadOnlyCollection<FoundClip> clips, Func<FoundClip, string> name)
    {
        // In whole numbers: 0.8 times 10 is 8 and not a little less.
        int training = (int)(8L * clips.Count / 10);
        return clips.OrderBy(name, StringComparer.Ordinal).Select((clip, place) => clip with { Split = place < training ? Split.Train : Split.Test });
    }
}
