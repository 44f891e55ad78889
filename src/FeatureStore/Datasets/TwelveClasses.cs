using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// The twelve classes of Speech Commands: silence, unknown, then ten words in alphabetical order (models.md 3.2).
/// With ten keywords, 10 % of a split's keyword clips (2.2 a) and the mean count of a keyword (2.2 b: 1,854 / 258 / 257 and 3,077 / 371 / 408)
/// are one number, so one rule makes both.
/// </summary>
internal static class TwelveClasses
{
    public const string Silence = "_silence_";
    public const string Unknown = "_unknown_";

    public static IReadOnlyList<string> Keywords { get; } = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"];

    public static IReadOnlyList<string> Names { get; } = [Silence, Unknown, .. Keywords];

    /// <summary>
    /// Limits the unknown clips of each split, chosen by a seeded draw that depends on the clips' ids alone; the rest is left as it is. Clips that a set
    /// has count, so that the share holds for both together, and no other is drawn in place of one of theirs.
    /// </summary>
    public static IEnumerable<FoundClip> LimitUnknown(IReadOnlyCollection<FoundClip> clips, IReadOnlyList<HeldClip> held, double percent, ulong seed)
    {
        HashSet<string> has = [.. held.Select(static clip => clip.Id)];
        foreach (IGrouping<Split, FoundClip> split in clips.GroupBy(static clip => clip.Split))
        {
            FoundClip[] unknown = [.. split.Where(clip => clip.Class == Unknown && !has.Contains(clip.Id)).OrderBy(static clip => clip.Id, StringComparer.Ordinal)];
            StableRandom.For(seed, "unknown", (long)split.Key).Shuffle<FoundClip>(unknown);
            HeldClip[] same = [.. held.Where(clip => clip.Split == split.Key).Select(static clip => clip with { Class = clip.Class ?? ClassOf(clip.Folder) })];
            int left = ShareOf(split, same, percent) - same.Count(static clip => clip.Class == Unknown);
            foreach (FoundClip clip in split.Where(clip => clip.Class != Unknown || has.Contains(clip.Id)).Concat(unknown.Take(Math.Max(0, left))))
            {
                yield return clip;
            }
        }
    }

    /// <summary>Clips of zeros for each split: noise is mixed in while training. Clips that a set has count.</summary>
    public static IEnumerable<FoundClip> SilenceFor(IReadOnlyCollection<FoundClip> clips, IReadOnlyList<HeldClip> held, double percent) =>
        clips.GroupBy(static clip => clip.Split).SelectMany(split => Enumerable
            .Range(0, ShareOf(split, [.. held.Where(clip => clip.Split == split.Key)], percent))
            .Select(i => new FoundClip($"{Silence}/zeros-{split.Key}-{i:d5}", Silence, Silence, "", split.Key, File: null)));

    /// <summary>The class of what was found under a folder, where ten words are keywords.</summary>
    public static string ClassOf(string folder) => folder == Silence || Keywords.Contains(folder) ? folder : Unknown;

    private static int ShareOf(IEnumerable<FoundClip> split, IReadOnlyList<HeldClip> held, double percent)
    {
        IEnumerable<string> words = split.Where(static clip => IsWord(clip.Class)).Select(static clip => clip.Id)
            .Concat(held.Where(static clip => IsWord(clip.Class ?? clip.Folder)).Select(static clip => clip.Id));
        return (int)Math.Ceiling(words.Distinct(StringComparer.Ordinal).Count() * percent / 100.0);
    }

    private static bool IsWord(string? name) => name is not (Silence or Unknown or null);
}
