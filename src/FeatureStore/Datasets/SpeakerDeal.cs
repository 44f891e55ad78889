using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// Spreads the clips of few speakers over the splits. A hash of each speaker, as of Speech Commands' thousands, would leave a split empty; so the
/// speakers are put in an order that their names and the seed decide, and dealt out.
/// </summary>
internal static class SpeakerDeal
{
    /// <summary>The clips, each with its split.</summary>
    public static IEnumerable<FoundClip> Deal(IReadOnlyCollection<FoundClip> clips, SpeakerSplit rule, ulong seed)
    {
        // A clip of nobody known stands for itself.
        string Group(FoundClip clip) => rule == SpeakerSplit.Clips || clip.Speaker.Length == 0 ? "clip:" + clip.Id : "speaker:" + clip.Speaker;
        if (rule == SpeakerSplit.Test)
        {
            return clips.Select(static clip => clip with { Split = Split.Test });
        }

        if (rule == SpeakerSplit.Head)
        {
            return clips.GroupBy(static clip => clip.Class, StringComparer.Ordinal).SelectMany(static same => HeadSplit.Of([.. same], static clip => clip.Id));
        }

        string[] groups =
        [
            .. clips.Select(Group).Distinct(StringComparer.Ordinal)
                .OrderBy(group => StableRandom.Derive(seed, "split:" + group)).ThenBy(static group => group, StringComparer.Ordinal),
        ];
        Dictionary<string, Split> splits = groups.Index().ToDictionary(static g => g.Item, g => Of(g.Index, groups.Length), StringComparer.Ordinal);
        return clips.Select(clip => clip with { Split = splits[Group(clip)] });
    }

    // Of two speakers one trains and one tests; validation clips must then come from elsewhere.
    private static Split Of(int place, int count)
    {
        int tenth = Math.Max(1, (int)Math.Round(count / 10.0, MidpointRounding.AwayFromZero));
        int testing = count > 1 ? tenth : 0, validating = count > 2 ? tenth : 0;
        return place < testing ? Split.Test : place < testing + validating ? Split.Validation : Split.Train;
    }
}
