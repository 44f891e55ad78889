using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Folds of a built set: every clip is tested once, nobody is in two parts, and the same cut comes whatever the shards.</summary>
public sealed class FoldTests
{
    private const int Count = 4;

    [Theory]
    [InlineData(FoldBy.Clip, FoldValidation.Next)]
    [InlineData(FoldBy.Speaker, FoldValidation.Next)]
    [InlineData(FoldBy.Clip, FoldValidation.Test)]
    [InlineData(FoldBy.Speaker, FoldValidation.None)]
    public async Task Every_clip_is_tested_in_one_fold_and_trained_on_in_the_others(FoldBy by, FoldValidation validation)
    {
        using TemporaryFolder folder = new();
        using FeatureSet set = await BuildAsync(folder);
        Func<SetRow, string> group = row => by == FoldBy.Clip || set.LabelsOf(row).Speaker.Length == 0 ? set.LabelsOf(row).Clip : set.LabelsOf(row).Speaker;
        string[] all = [.. Names(set, set.Rows(), Split.Train, Split.Validation, Split.Test)];
        List<string> tested = [];
        for (int i = 0; i < Count; i++)
        {
            SplitRows rows = set.Rows(new FoldSpec(new FoldsSpec(Count, by, validation, 7), i));
            HashSet<string>[] groups = [.. new[] { Split.Train, Split.Validation, Split.Test }.Select(s => rows.Of(s).ToArray().Select(group).ToHashSet())];
            Assert.Empty(groups[0].Intersect(groups[2]));
            Assert.Empty(groups[0].Intersect(groups[1]));
            Assert.Equal(validation == FoldValidation.Test, groups[1].Overlaps(groups[2]));
            Assert.Equal(validation == FoldValidation.None, groups[1].Count == 0);
            Assert.Equal(
                all.Order(StringComparer.Ordinal),
                Names(set, rows, validation == FoldValidation.Next ? [Split.Train, Split.Validation, Split.Test] : [Split.Train, Split.Test]).Order(StringComparer.Ordinal));
            tested.AddRange(Names(set, rows, Split.Test));
            Assert.Equal(rows.CountOf(Split.Train), rows.CountsOf(Split.Train).Sum());
        }

        Assert.Equal(all.Order(StringComparer.Ordinal), tested.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Folds_of_clips_differ_by_one_at_most_another_seed_deals_otherwise_and_too_many_folds_are_refused()
    {
        using TemporaryFolder folder = new();
        using FeatureSet set = await BuildAsync(folder);
        int[] sizes = [.. Enumerable.Range(0, Count).Select(i => Cut(i, 7).CountOf(Split.Test))];
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        Assert.NotEqual(Names(set, Cut(0, 7), Split.Test), Names(set, Cut(0, 8), Split.Test));
        Assert.Equal(Names(set, Cut(0, 7), Split.Test), Names(set, Cut(0, 7), Split.Test));
        BadInputException e = Assert.Throws<BadInputException>(() => set.Rows(new FoldSpec(new FoldsSpec(10_000, FoldBy.Speaker, FoldValidation.Next, 0), 0)));
        Assert.Contains("fewer than the 10000 folds", e.Message, StringComparison.Ordinal);

        SplitRows Cut(int index, ulong seed) => set.Rows(new FoldSpec(new FoldsSpec(Count, FoldBy.Clip, FoldValidation.Next, seed), index));
    }

    private static async Task<FeatureSet> BuildAsync(TemporaryFolder folder) =>
        await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), await TinyData.Plan(TinyData.Write(folder["data"]), null));

    private static IEnumerable<string> Names(FeatureSet set, SplitRows rows, params Split[] splits) =>
        [.. splits.SelectMany(s => rows.Of(s).ToArray()).Select(r => set.LabelsOf(r).Clip)];
}
