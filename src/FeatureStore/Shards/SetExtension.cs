using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Plans a set that goes on from another: what the other has stays in its shards, and what it lacks comes behind.</summary>
internal static class SetExtension
{
    /// <summary>The plan of both; the older set's own where the newer recipe adds nothing.</summary>
    /// <param name="older">The set that is gone on from.</param>
    /// <param name="newer">The newer recipe's clips under the numbers that its classes have in both; it has no id yet.</param>
    /// <param name="name">What the recipe calls the older set.</param>
    /// <exception cref="BadInputException">The two do not fit each other; the message names the key, or the clip.</exception>
    public static FeatureSetPlan Of(FeatureSetPlan older, FeatureSetPlan newer, string name)
    {
        ExtensionChecks.Check(older, newer, name);
        PlannedClip[] added = [.. MoreCopies(older, newer), .. NewClips(older, newer, name)];
        if (added.Sum(static clip => clip.Rows) == 0)
        {
            return older;
        }

        IReadOnlyList<BaseSet> sets = [.. older.Extends ?? [], BaseSet.Of(older)];
        return sets.Count > BaseSet.Most
            ? throw ExtensionChecks.Refuse(name, $"{sets.Count} sets one after the other", $"at most {BaseSet.Most}: build one of them as a whole")
            : (newer with
            {
                Licences = [.. older.Licences.Union(newer.Licences)],
                Extends = sets,
                RowsPerShard = FeatureSetPlanner.RowsPerShard(added.Sum(static clip => clip.Rows), newer.RowBytes),
                Clips = [.. older.Clips, .. added],
            }).Named();
    }

    /// <summary>The clips of a set, for what is drawn to go on from it.</summary>
    public static HeldClip[] Held(FeatureSetPlan older) =>
        [.. older.Clips.Where(static clip => clip.Split != Split.Noise).DistinctBy(static clip => clip.Id).Select(clip => new HeldClip(clip.Id, clip.Split, ClassOf(clip, older.Classes)))];

    private static IEnumerable<PlannedClip> MoreCopies(FeatureSetPlan older, FeatureSetPlan newer)
    {
        int copies = newer.StoredAugment?.Copies ?? 0;
        return from clip in older.Clips
               where clip.Split == Split.Train
               group clip by clip.Id into rows
               let has = rows.Sum(static clip => clip.Rows)
               where has < copies
               select rows.First() with { FirstCopy = has, Rows = copies - has };
    }

    private static IEnumerable<PlannedClip> NewClips(FeatureSetPlan older, FeatureSetPlan newer, string name)
    {
        Dictionary<string, PlannedClip> known = older.Clips.DistinctBy(static clip => clip.Id).ToDictionary(static clip => clip.Id, StringComparer.Ordinal);
        foreach (PlannedClip clip in newer.Clips)
        {
            if (!known.TryGetValue(clip.Id, out PlannedClip? same))
            {
                yield return clip;
            }
            else if (Difference(same, clip, newer.Classes) is (var found, var expected))
            {
                throw ExtensionChecks.Refuse(
                    name, $"the clip '{clip.Id}' {found}", $"{expected}, as its rows stand in '{name}': undo the change, give the other recording another name, or leave extends out to build the set as a whole");
            }
        }
    }

    private static (string Found, string Expected)? Difference(PlannedClip old, PlannedClip clip, IReadOnlyList<string> classes) =>
        old.Sha256 != clip.Sha256 ? ($"with the content {clip.Sha256}", old.Sha256)
        : old.Reading?.Identity != clip.Reading?.Identity ? ("cut or resampled otherwise", "the same start, end, fit and resample")
        : old.Label != clip.Label ? ($"in the class '{ClassOf(clip, classes)}'", $"'{ClassOf(old, classes)}'")
        : old.Split != clip.Split ? ($"in the split '{SplitNames.Of(clip.Split)}'", $"'{SplitNames.Of(old.Split)}'")
        : old.Speaker != clip.Speaker ? ($"by the speaker '{clip.Speaker}'", $"'{old.Speaker}'")
        : null;

    private static string ClassOf(PlannedClip clip, IReadOnlyList<string> classes) => clip.Label < 0 ? "background" : classes[clip.Label];
}
