using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class FeatureSetBuildTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_build_that_was_cut_off_goes_on_and_gives_the_same_set()
    {
        FeatureSetPlan plan = await PlanAsync();
        var whole = new DirectoryBlobStore(_folder["whole"]);
        var cut = new DirectoryBlobStore(_folder["cut"]);
        Progress first = new(), second = new();
        FeatureSetManifest expected = await FeatureSetBuild.RunAsync(whole, plan, first, default);
        await ShardBuilder.BuildAsync(cut, plan, 1, default);
        await ShardBuilder.BuildAsync(cut, plan, 3, default);

        // One that is damaged is built again.
        string damaged = _folder["cut/" + ShardBuilder.BlobKey(plan.Id, 3)];
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[^20] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        FeatureSetManifest found = await FeatureSetBuild.RunAsync(cut, plan, second, default);
        Assert.Equal(expected.ToBytes(), found.ToBytes());
        Assert.Equal(plan.ShardCount, first.Reports.Count);
        Assert.Equal(plan.ShardCount - 1, second.Reports.Count);
        BuildProgress last = second.Reports.MaxBy(static r => r.Shards)!;
        Assert.Equal((plan.ShardCount, plan.ShardCount, found.Bytes, TimeSpan.Zero), (last.Shards, last.ShardCount, last.Bytes, last.Left));
        Assert.InRange(last.ClipsPerSecond, 1, 1e6);
        using FeatureSet set = await FeatureSet.OpenAsync(cut, FeatureSetManifest.BlobKey(plan.Id), default);
        await set.VerifyAsync(default);
    }

    [Fact]
    public async Task A_set_for_which_there_is_no_room_is_refused_with_what_it_needs()
    {
        FeatureSetPlan plan = await PlanAsync();
        Assert.InRange(plan.EstimatedBytes, (await FeatureSetBuild.RunAsync(new DirectoryBlobStore(_folder["b"]), plan, null, default)).Bytes * 95 / 100, plan.EstimatedBytes);
        NoRoomException e = Assert.Throws<NoRoomException>(() => FeatureSetBuild.CheckRoom(plan, 0, new("/data", plan.EstimatedBytes - 1)));
        Assert.Contains("MB more, but on the disk of /data there is room for", e.Message, StringComparison.Ordinal);
        FeatureSetBuild.CheckRoom(plan, 0, new("/data", plan.EstimatedBytes));
        FeatureSetBuild.CheckRoom(plan, 1, new("/data", plan.EstimatedBytes - 1));
        FeatureSetBuild.CheckRoom(plan, 0, null);
    }

    private async Task<FeatureSetPlan> PlanAsync()
    {
        FeatureSetPlan plan = await TinyData.Plan(TinyData.Write(_folder["data"]), null);
        return (plan with { RowsPerShard = 60 }).Named();
    }

    private sealed class Progress : IProgress<BuildProgress>
    {
        public List<BuildProgress> Reports { get; } = [];

        public void Report(BuildProgress value)
        {
            lock (Reports)
            {
                Reports.Add(value);
            }
        }
    }
}
