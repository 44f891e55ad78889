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

    /// <summary>Limits the unknown clips of each split, chosen by a seeded draw that depends on the clips' ids alone; the rest is left as it is.</summary>
    public static IEnumerable<FoundClip> LimitUnknown(IReadOnlyCollection<FoundClip> clips, double percent, ulong seed)
    {
        foreach (IGrouping<Split, FoundClip> split in clips.GroupBy(static clip => clip.Split))
        {
            FoundClip[] unknown = [.. split.Where(static clip => clip.Class == Unknown).OrderBy(static clip => clip.Id, StringComparer.Ordinal)];
            StableRandom.For(seed, "unknown", (long)split.Key).Shuffle<FoundClip>(unknown);
            foreach (FoundClip clip in split.Where(static clip => clip.Class != Unknown).Concat(unknown.Take(ShareOf(split, percent))))
            {
                yield return clip;
            }
        }
    }

    /// <summary>Clips of zeros for each split: noise is mixed in while training.</summary>
    public static IEnumerable<FoundClip> SilenceFor(IReadOnlyCollection<FoundClip> clips, double percent) =>
        clips.GroupBy(static clip => clip.Split).SelectMany(split => Enumerable.Range(0, ShareOf(split, percent))
            .Select(i => new FoundClip($"{Silence}/zeros-{split.Key}-{i:d5}", Silence, Silence, "", split.Key, File: null)));

    private static int ShareOf(IEnumerable<FoundClip> split, double percent) =>
        (int)Math.Ceiling(split.Count(static clip => clip.Class is not (Silence or Unknown or null)) * percent / 100.0);
}
