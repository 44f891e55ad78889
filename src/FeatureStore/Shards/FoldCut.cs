using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>
/// Cuts a set into folds: clips, or speakers, are put in an order that their names and the seed decide, and dealt out one after the other. So folds
/// differ by one clip, or speaker, at most, and are the same whatever the shards.
/// </summary>
internal static class FoldCut
{
    private static readonly Split[] Dealt = [Split.Train, Split.Validation, Split.Test];

    /// <summary>The rows of each split where one fold is tested.</summary>
    /// <exception cref="BadInputException">There are fewer clips or speakers than folds, no speakers are known, or copies are stored.</exception>
    public static SetRow[][] Of(FeatureSet set, FoldSpec fold)
    {
        FoldsSpec folds = fold.Folds;
        List<(SetRow Row, string Group)> rows = [];
        foreach (Split split in Dealt)
        {
            foreach (SetRow row in set.Rows().Of(split))
            {
                rows.Add((row, GroupOf(set, row, folds.By)));
            }
        }

        if (folds.By == FoldBy.Speaker && rows.TrueForAll(r => set.LabelsOf(r.Row).Speaker.Length == 0))
        {
            throw new BadInputException($"Feature set {set.Manifest.Id} names no speakers, so it cannot be dealt out by them. Use `folds: {{ by: clip }}`.");
        }

        Dictionary<string, int> places = Deal(rows.Select(static r => r.Group).Distinct(StringComparer.Ordinal), folds, set.Manifest.Id);
        int validated = folds.Validation switch
        {
            FoldValidation.Next => (fold.Index + 1) % folds.Count,
            FoldValidation.Test => fold.Index,
            _ => -1,
        };
        SetRow[] In(Func<int, bool> isIn) => [.. rows.Where(r => isIn(places[r.Group])).Select(static r => r.Row)];
        SetRow[][] cut = [.. Enum.GetValues<Split>().Select(static _ => Array.Empty<SetRow>())];
        cut[(int)Split.Train] = In(place => place != fold.Index && place != validated);
        cut[(int)Split.Validation] = In(place => place == validated);
        cut[(int)Split.Test] = In(place => place == fold.Index);
        cut[(int)Split.Noise] = set.Rows().Of(Split.Noise).ToArray();
        return cut;
    }

    private static Dictionary<string, int> Deal(IEnumerable<string> groups, FoldsSpec folds, FeatureSetId set)
    {
        string[] order = [.. groups.OrderBy(g => StableRandom.Derive(folds.Seed, "fold:" + g)).ThenBy(static g => g, StringComparer.Ordinal)];
        if (order.Length < folds.Count)
        {
            throw new BadInputException(
                $"Feature set {set} has {order.Length} {(folds.By == FoldBy.Speaker ? "speakers" : "clips")}, fewer than the {folds.Count} folds. Expected at most as many folds.");
        }

        return order.Index().ToDictionary(static g => g.Item, g => g.Index % folds.Count, StringComparer.Ordinal);
    }

    private static string GroupOf(FeatureSet set, SetRow row, FoldBy by)
    {
        Parquet.ShardRow labels = set.LabelsOf(row);
        if (labels.Copy > 0)
        {
            throw new BadInputException($"Feature set {set.Manifest.Id} holds stored copies of clips, which folds would test on. Expected `augment: {{ when: training }}`.");
        }

        // What nobody says, as silence, stands for itself.
        return by == FoldBy.Clip || labels.Speaker.Length == 0 ? labels.Clip : labels.Speaker;
    }
}
