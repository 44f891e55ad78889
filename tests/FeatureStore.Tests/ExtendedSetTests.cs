using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A set that goes on from another keeps its shards, to the byte and the second, and has each clip-copy once.</summary>
public sealed class ExtendedSetTests : IDisposable
{
    private const string FrontEnd = "log-mel-40-torchaudio";

    private static readonly AugmentSpec Copies = new() { When = AugmentWhen.Stored, Copies = 2, Steps = [new ShiftStep(100), new NoiseStep(0.1, 1), new MixStep(5, 20, 1)] };

    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryBlobStore _blobs;

    public ExtendedSetTests() => _blobs = new DirectoryBlobStore(_folder["blobs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task New_recordings_are_built_and_the_shards_that_are_there_stay_as_they_are()
    {
        FeatureSetPlan old = await BuildAsync(new(TinyData.Write(_folder["data"]), FrontEnd, TinyData.Noisy));
        Dictionary<string, (string Hash, DateTime Written)> before = Files();
        FeatureSetDefinition grown = new(TinyData.Write(_folder["data"], speakers: 40), FrontEnd, TinyData.Noisy) { Extends = new(old.Id.Value, null, old.Id) };
        FeatureSetPlan plan = await BuildAsync(grown);
        Assert.All(before, file => Assert.Equal(file.Value, Files()[file.Key]));

        using FeatureSet older = await OpenAsync(old), set = await OpenAsync(plan);
        Assert.Equal(older.Manifest.Shards, set.Manifest.Shards.Take(old.ShardCount));
        Assert.Equal([old.Id], set.Manifest.Extends!);
        Assert.Equal(old.ShardCount, set.Manifest.OlderShards);
        Assert.True(set.Manifest.Shards.Count > old.ShardCount);
        await set.VerifyAsync(default);
        RowRecheck.Compare(set, plan, 200, seed: 1, default);
        FeatureSetPlan whole = await PlanAsync(grown with { Extends = null });
        string[] found = [.. Clips(set).Select(static c => c.Clip).Distinct()];

        // As many as where all is built as a whole: all but the words that are drawn, of which the older set's stay.
        Assert.Equal(whole.Clips.Count(static c => c.Split != Split.Noise), found.Length);
        Assert.Empty(old.Clips.Concat(whole.Clips.Where(static c => c.Word is not ("bed" or "cat"))).Where(static c => c.Split != Split.Noise).Select(static c => c.Id).Except(found));
        Assert.Equal(plan.RowCount, await FeatureSetExport.WriteAsync(set, _folder["export"], default));
    }

    [Fact]
    public async Task Every_copy_of_every_clip_comes_once_an_epoch_also_where_copies_and_data_were_added_twice()
    {
        SpeechCommandsData data = TinyData.Write(_folder["data"]);
        FeatureSetDefinition first = new(data, FrontEnd, Copies);
        FeatureSetDefinition second = new(data, FrontEnd, Copies with { Copies = 4 }) { Extends = new("first", first, null) };
        FeatureSetDefinition third = new(TinyData.Write(_folder["other"], speakers: 30), FrontEnd, Copies with { Copies = 5 }) { Extends = new("second", second, null) };
        FeatureSetPlan plan = await BuildAsync(third);
        Assert.Equal(2, plan.Extends!.Count);
        Assert.Equal(plan.Id, FeatureSetPlan.FromBytes(plan.ToBytes()).Id);
        using FeatureSet set = await OpenAsync(plan);
        ShardRow[] rows = Clips(set);
        Assert.Equal(rows.Length, rows.DistinctBy(static r => (r.Clip, r.Copy)).Count());
        Assert.All(rows.GroupBy(static r => r.Clip), static clip => Assert.Equal(Enumerable.Range(0, clip.First().Split == "train" ? 5 : 1), clip.Select(static r => r.Copy).Order()));
        RowRecheck.Compare(set, plan, 200, seed: 2, default);

        // What was drawn for a copy is the same as where all copies are built at once, from the same clips.
        using FeatureSet together = await OpenAsync(await BuildAsync(first with { Augment = Copies with { Copies = 4 } }));
        using FeatureSet apart = await OpenAsync(await BuildAsync(second));
        Dictionary<(string, int), string> expected = Tensors(together);
        Assert.Equal(expected.OrderBy(static e => e.Key), Tensors(apart).OrderBy(static e => e.Key));
        Prop.ForAll(Arb.From(Gen.Choose(0, 1000)), Arb.From(Gen.Elements(1, 2, 3, 8)), (seed, readers) =>
        {
            var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = FrontEnd, Seed = (ulong)seed, BatchSize = 64, Shuffle = true, Readers = readers });
            string[] seen = [.. loader.ReadEpoch(seed, default).SelectMany(b => Enumerable.Range(0, b.Count).Select(i => $"{b.Labels[i]} {string.Join(' ', b.Features[(i * 4040)..((i * 4040) + 30)])}"))];
            Assert.Equal(Rows(set), seen.Order(StringComparer.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5));
    }

    [Fact]
    public async Task An_append_that_was_cut_off_goes_on_and_gives_the_same_set()
    {
        FeatureSetDefinition first = new(TinyData.Write(_folder["data"]), FrontEnd, Augment: null);
        FeatureSetPlan old = await BuildAsync(first, rowsPerShard: 50);
        FeatureSetPlan plan = (await PlanAsync(new(TinyData.Write(_folder["data"], speakers: 60), FrontEnd, Augment: null) { Extends = new("old", null, old.Id) }) with { RowsPerShard = 20 }).Named();
        Dictionary<string, (string Hash, DateTime Written)> before = Files();
        using CancellationTokenSource killed = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FeatureSetBuild.RunAsync(_blobs, plan, new Cut(killed), killed.Token));
        Assert.Null(await FeatureSetManifest.FindAsync(_blobs, plan, default));
        FeatureSetManifest found = await FeatureSetBuild.RunAsync(_blobs, plan, null, default);
        Assert.All(before, file => Assert.Equal(file.Value, Files()[file.Key]));
        Assert.Equal(found.ToBytes(), (await FeatureSetBuild.RunAsync(new DirectoryBlobStore(_folder["whole"]), plan, null, default)).ToBytes());
    }

    [Fact]
    public async Task New_classes_come_behind_and_a_recipe_that_adds_nothing_is_the_older_set()
    {
        WriteWords("a", "yes", "no");
        WriteWords("b", "up", "no");
        FeatureSetDefinition first = new(new FolderData { Path = _folder["a"] }, FrontEnd, Augment: null);
        FeatureSetPlan old = await PlanAsync(first);
        FeatureSetPlan plan = await PlanAsync(new(new FolderData { Path = _folder["b"] }, FrontEnd, Augment: null) { Extends = new("a", first, null) });
        Assert.Equal(["no", "yes", "up"], plan.Classes);
        Assert.Equal(48 + 24, plan.Clips.Count);
        Assert.Equal(old.Id, (await PlanAsync(first with { Extends = new("a", first, null) })).Id);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Drawn_unknown_words_and_silence_keep_their_share_of_both_together(bool elsewhere, bool pooled)
    {
        FeatureSetPlan old = await PlanAsync(Definition(speakers: 60));
        await _blobs.PutAsync(old.BlobKey, old.ToBytes(), default);
        string[] before = Directory.GetFiles(_folder["data"], "*_nohash_*", SearchOption.AllDirectories);
        FeatureSetPlan together = await PlanAsync(Definition(speakers: 150));
        Array.ForEach(elsewhere ? before : [], File.Delete);
        FeatureSetPlan plan = await PlanAsync(Definition(speakers: null) with { Extends = new("old", null, old.Id) });
        Assert.Equal(old.Clips, plan.Clips.Take(old.Clips.Count));
        foreach (Split split in (Split[])[Split.Train, Split.Validation, Split.Test])
        {
            PlannedClip[] clips = [.. plan.Clips.Where(c => c.Split == split)];
            int words = clips.Count(static c => TwelveClasses.Keywords.Contains(c.Word));
            Assert.Equal(together.Clips.Count(c => c.Split == split), clips.Length);
            Assert.Equal((int)Math.Ceiling(words * 0.1), clips.Count(static c => c.Word is "bed" or "cat"));
            Assert.Equal((int)Math.Ceiling(words * 0.2), clips.Count(static c => c.Word == TwelveClasses.Silence));
        }

        FeatureSetDefinition Definition(int? speakers)
        {
            SpeechCommandsData data = (speakers is { } written ? TinyData.Write(_folder["data"], written) : new() { Path = _folder["data"], Split = SplitRule.SpeakerHash })
                with { UnknownPercent = 10, SilencePercent = 20 };
            return new(pooled ? new PoolData { Sources = [data], Labels = [.. TwelveClasses.Names.Select(static n => KeyValuePair.Create(n, n == "up" ? "up" : "other"))] } : data, FrontEnd, Augment: null);
        }
    }

    [Fact]
    public async Task A_pool_that_grew_keeps_its_share_and_what_it_kept()
    {
        FeatureSetPlan old = await PlanAsync(Definition(60));
        await _blobs.PutAsync(old.BlobKey, old.ToBytes(), default);
        FeatureSetPlan plan = await PlanAsync(Definition(150) with { Extends = new("old", null, old.Id) });
        Assert.Equal((18, 45), (old.Clips.Count(static c => c.Word == "bed"), plan.Clips.Count(static c => c.Word == "bed")));
        Assert.Equal(old.Clips, plan.Clips.Take(old.Clips.Count));

        FeatureSetDefinition Definition(int speakers)
        {
            TinyData.Write(_folder["data"], speakers);
            return new(new PoolData { Sources = [new FolderData { Path = _folder["data"] }], Keep = new Dictionary<string, double> { ["bed"] = 0.3 } }, FrontEnd, Augment: null);
        }
    }

    [Theory]
    [InlineData("frontEnd", "extends: old does not fit the rest of the feature set. Found frontEnd: mfcc-40-tf-30x10; expected log-mel-40-torchaudio.")]
    [InlineData("type", "Found type: float32; expected float16.")]
    [InlineData("seconds", "Found data (clipSeconds): 2; expected 1.")]
    [InlineData("chain", "Found augment: when: stored, probability 0.8")]
    [InlineData("audio", "Found augment: waveform steps with when: training")]
    [InlineData("copies", "Found augment.copies: 1; expected 2 or more.")]
    [InlineData("content", "with the content")]
    [InlineData("split", "in the split 'test'; expected 'train'")]
    [InlineData("class", "the clip 'no/")]
    public async Task What_does_not_fit_is_named_by_its_key(string what, string message)
    {
        WriteWords("a", "yes", "no");
        AugmentSpec chain = new() { When = AugmentWhen.Stored, Copies = 2, Steps = [new ShiftStep(100)] };
        FeatureSetDefinition old = new(new FolderData { Path = _folder["a"], Split = SplitRule.SpeakerHash }, FrontEnd, chain);
        FeatureSetDefinition good = old with { Extends = new("old", old, null) };
        FeatureSetPlan plan = await PlanAsync(good);
        PlannedClip clip = plan.Clips.First(static c => c is { Split: Split.Train, Word: "no" });
        FeatureSetDefinition bad = what switch
        {
            "frontEnd" => good with { FrontEnd = "mfcc-40-tf-30x10" },
            "type" => good with { Type = new(ElementType.Float32) },
            "seconds" => good with { Data = new FolderData { Path = _folder["a"], ClipSeconds = 2 } },
            "chain" => good with { Augment = chain with { Steps = [new ShiftStep(50)] } },
            "audio" => good with { Augment = chain with { When = AugmentWhen.Training } },
            "copies" => good with { Augment = chain with { Copies = 1 } },
            _ => good,
        };
        BadInputException e;
        if (what is "content" or "split" or "class")
        {
            // The recipe reads another recording, or the same under another split or class, by a name that the older set has.
            PlannedClip other = what switch
            {
                "content" => clip with { Sha256 = new string('0', 64) },
                "split" => clip with { Split = Split.Test },
                _ => clip with { Label = 1 },
            };
            e = Assert.Throws<BadInputException>(() => SetExtension.Of(plan, plan with { Clips = [other] }, "old"));
        }
        else
        {
            e = await Assert.ThrowsAsync<BadInputException>(() => PlanAsync(bad));
        }

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sets_do_not_go_on_for_ever()
    {
        FeatureSetPlan plan = await PlanAsync(new(TinyData.Write(_folder["data"]), FrontEnd, Augment: null));
        plan = (plan with { Clips = [.. plan.Clips.Take(2)] }).Named();
        FeatureSetPlan Next(FeatureSetPlan older, string id) => SetExtension.Of(older, plan with { Clips = [plan.Clips[0] with { Id = id }] }, "older");
        FeatureSetPlan last = plan;
        for (int i = 1; i <= BaseSet.Most; i++)
        {
            last = Next(last, $"more-{i}");
        }

        Assert.Equal(last.Id, FeatureSetPlan.FromBytes(last.ToBytes()).Id);
        Assert.Contains("65 sets", Assert.Throws<BadInputException>(() => Next(last, "one-more")).Message, StringComparison.Ordinal);
    }

    private static ShardRow[] Clips(FeatureSet set) => [.. Enum.GetValues<Split>().Where(static s => s != Split.Noise).SelectMany(s => set.RowsOf(s).ToArray()).Select(set.LabelsOf)];

    private static Dictionary<(string Clip, int Copy), string> Tensors(FeatureSet set) =>
        set.RowsOf(Split.Train).ToArray().ToDictionary(row => (set.LabelsOf(row).Clip, set.LabelsOf(row).Copy), row => ContentHash.Of(set.Tensor(row)).Hex);

    private static IEnumerable<string> Rows(FeatureSet set)
    {
        var plain = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = FrontEnd, BatchSize = 1 });
        return plain.ReadEpoch(0, default).Select(static b => $"{b.Labels[0]} {string.Join(' ', b.Features[..30])}").Order(StringComparer.Ordinal);
    }

    private Dictionary<string, (string Hash, DateTime Written)> Files() => Directory.EnumerateFiles(_folder["blobs"], "*.parquet", SearchOption.AllDirectories)
        .ToDictionary(static file => file, static file => (ContentHash.OfFile(file).Hex, File.GetLastWriteTimeUtc(file)));

    private async Task<FeatureSetPlan> BuildAsync(FeatureSetDefinition definition, int? rowsPerShard = null)
    {
        FeatureSetPlan plan = await PlanAsync(definition);
        plan = rowsPerShard is { } rows ? (plan with { RowsPerShard = rows }).Named() : plan;
        await FeatureSetBuild.RunAsync(_blobs, plan, null, default);
        return plan;
    }

    private Task<FeatureSetPlan> PlanAsync(FeatureSetDefinition definition) =>
        FeatureSetPlanner.PlanAsync(definition, _folder["synth"], (id, token) => FeatureSetPlan.ReadAsync(_blobs, id, token), null, default);

    private Task<FeatureSet> OpenAsync(FeatureSetPlan plan) => FeatureSet.OpenAsync(_blobs, FeatureSetManifest.BlobKey(plan.Id), default);

    private void WriteWords(string folder, params string[] words)
    {
        TinyData.Write(_folder["all"]);
        foreach (string word in words)
        {
            Directory.CreateDirectory(_folder[folder]);
            Directory.CreateSymbolicLink(_folder[$"{folder}/{word}"], _folder[$"all/{word}"]);
        }
    }

    private sealed class Cut(CancellationTokenSource killed) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => killed.Cancel();
    }
}
