using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Puts the clips of several sources together: labels mapped, shares drawn, splits dealt.</summary>
internal static class PoolScanner
{
    public static async Task<FoundData> ScanAsync(
        PoolData pool, IReadOnlyList<HeldClip> held, string dataFolder, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        List<FoundClip> clips = [];
        HashSet<string> labels = [];
        double? seconds = null;
        foreach ((string name, DataDefinition source) in Named(pool.Sources))
        {
            HeldClip[] own = [.. held.Where(clip => clip.Folder == name).Select(clip => clip with { Id = clip.Id[(name.Length + 1)..], Class = null })];
            FoundData found = await DataScanner.ScanAsync(source, own, dataFolder, progress, cancellationToken);
            seconds ??= found.ClipSeconds;
            if (found.ClipSeconds != seconds)
            {
                throw new BadInputException($"The sources of a pool differ: '{name}' has clips of {found.ClipSeconds} s, those before it {seconds} s. Expected one clipSeconds.");
            }

            labels.UnionWith(found.Classes);
            clips.AddRange(found.Clips.Select(clip => clip with { Id = $"{name}/{clip.Id}", Speaker = clip.Speaker.Length == 0 ? "" : $"{name}/{clip.Speaker}" }));
        }

        IReadOnlyList<KeyValuePair<string, string>> map = pool.Labels ?? [.. labels.Order(StringComparer.Ordinal).Select(static label => KeyValuePair.Create(label, label))];
        CheckLabels(map.Select(static m => m.Key).Concat(pool.Keep.Keys), labels);
        return new([.. map.Select(static m => m.Value).Distinct(StringComparer.Ordinal)], [.. Mapped(Kept(clips, held, pool), pool, map.ToDictionary())], seconds ?? 1);
    }

    // A corpus twice, from two folders, is told apart by its place.
    private static IEnumerable<(string Name, DataDefinition Source)> Named(IReadOnlyList<DataDefinition> sources)
    {
        HashSet<string> taken = [];
        foreach ((int place, DataDefinition source) in sources.Index())
        {
            string name = DataLicences.NameOf(source);
            yield return (taken.Add(name) ? name : $"{name}-{place + 1}", source);
        }
    }

    private static void CheckLabels(IEnumerable<string> named, HashSet<string> labels)
    {
        if (named.FirstOrDefault(label => !labels.Contains(label)) is { } unknown)
        {
            throw new BadInputException($"No source of the pool has the label '{unknown}'. {NearestName.Suggest(unknown, [.. labels.Order(StringComparer.Ordinal)])}");
        }
    }

    // What is drawn depends on the clips' ids alone, not on where they lie or in which order they were found. What a set has stays drawn.
    private static IEnumerable<FoundClip> Kept(List<FoundClip> clips, IReadOnlyList<HeldClip> held, PoolData pool)
    {
        HashSet<string> has = [.. held.Select(static clip => clip.Id)];
        return clips.GroupBy(static clip => clip.Class).SelectMany(same => same.Key is { } label && pool.Keep.TryGetValue(label, out double share)
            ? same.OrderByDescending(clip => has.Contains(clip.Id)).ThenBy(clip => StableRandom.Derive(pool.Seed, "keep:" + clip.Id)).ThenBy(static clip => clip.Id, StringComparer.Ordinal)
                .Take((int)Math.Round(share * same.Count(), MidpointRounding.AwayFromZero))
            : same);
    }

    private static IEnumerable<FoundClip> Mapped(IEnumerable<FoundClip> clips, PoolData pool, Dictionary<string, string> map)
    {
        FoundClip[] all = [.. clips.Where(clip => clip.Class is null || map.ContainsKey(clip.Class)).Select(clip => clip.Class is null ? clip : clip with { Class = map[clip.Class] })];
        return pool.Split is not { } rule
            ? all
            : [.. SpeakerDeal.Deal([.. all.Where(static clip => clip.Class is not null)], rule, pool.Seed), .. all.Where(static clip => clip.Class is null)];
    }
}
