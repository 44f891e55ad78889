using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tests;

/// <summary>What no manifest and no sweep under way names is found, and nothing else.</summary>
public sealed class FeatureGarbageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-garbage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Blobs_of_a_set_that_nobody_finishes_and_shards_that_a_manifest_does_not_name_are_garbage()
    {
        DirectoryBlobStore blobs = new(Path.Combine(_folder, "blobs"));
        await PutAsync(blobs, "features/aaaaaaaaaaaaaaaa/plan.json", "features/aaaaaaaaaaaaaaaa/shard-00000.parquet", "runs/x/weights");
        PreparedSweep sweep = HostFixture.Sweep();
        FeatureSetId id = sweep.Plan.Id;
        ShardResult[] shards = [.. Enumerable.Range(0, sweep.Plan.ShardCount).Select(i => new ShardResult(i, ShardBuilder.BlobKey(id, i), 1, 1, "x"))];
        await PutAsync(blobs, [.. shards.Select(static s => s.Blob), ShardBuilder.BlobKey(id, 77)]);
        await blobs.PutAsync(sweep.Plan.BlobKey, sweep.Plan.ToBytes(), default);
        string[] unfinished = ["features/aaaaaaaaaaaaaaaa/plan.json", "features/aaaaaaaaaaaaaaaa/shard-00000.parquet"];
        string[] ofSweep = [.. shards.Select(static s => s.Blob).Append(ShardBuilder.BlobKey(id, 77)).Append(FeatureSetPlan.BlobKeyOf(id))];
        Assert.Equal(unfinished.Concat(ofSweep).Order(StringComparer.Ordinal), (await FeatureGarbage.FindAsync(blobs, null, default)).Order(StringComparer.Ordinal));

        await using StateDatabase state = await StateDatabase.OpenAsync(Path.Combine(_folder, "pipeline.db"));
        await state.WriteAsync(async t =>
        {
            await new SweepStore(t).AddAsync(Record(sweep));
            return 0;
        }, default);
        Assert.Equal(unfinished, await FeatureGarbage.FindAsync(blobs, state, default));

        await blobs.PutAsync(FeatureSetManifest.BlobKey(id), FeatureSetManifest.Create(sweep.Plan, shards).ToBytes(), default);
        Assert.Equal([.. unfinished, ShardBuilder.BlobKey(id, 77)], (await FeatureGarbage.FindAsync(blobs, null, default)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Shards_of_a_set_that_is_gone_stay_while_another_goes_on_from_it()
    {
        DirectoryBlobStore blobs = new(Path.Combine(_folder, "blobs"));
        FeatureSetPlan old = HostFixture.Sweep().Plan;
        FeatureSetPlan plan = (old with { Extends = [BaseSet.Of(old)], Clips = [.. old.Clips, old.Clips[0] with { Id = "more" }] }).Named();
        string[] shards = [.. PlannedShard.Of(plan).Select(static s => s.Blob)];
        Assert.Equal([.. PlannedShard.Of(old).Select(static s => s.Blob), ShardBuilder.BlobKey(plan.Id, 0)], shards);
        await PutAsync(blobs, shards);
        await blobs.PutAsync(plan.BlobKey, plan.ToBytes(), default);
        await blobs.PutAsync(old.BlobKey, old.ToBytes(), default);

        // While a sweep waits for it, and when it is built.
        await using StateDatabase state = await StateDatabase.OpenAsync(Path.Combine(_folder, "pipeline.db"));
        PreparedSweep sweep = PreparedSweep.Create(HostFixture.Sweep().Definition, plan, "code");
        await state.WriteAsync(t => new SweepStore(t).AddAsync(Record(sweep)), default);
        Assert.Empty(await FeatureGarbage.FindAsync(blobs, state, default));
        ShardResult[] results = [.. PlannedShard.Of(plan).Select(static s => new ShardResult(s.Number, s.Blob, s.Rows, 1, "x"))];
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, results).ToBytes(), default);
        Assert.Empty(await FeatureGarbage.FindAsync(blobs, null, default));

        // Nobody names them any more.
        await blobs.DeleteAsync(FeatureSetManifest.BlobKey(plan.Id), default);
        Assert.Equal(shards.Append(plan.BlobKey).Append(old.BlobKey).Order(StringComparer.Ordinal), await FeatureGarbage.FindAsync(blobs, null, default));
    }

    private static SweepRecord Record(PreparedSweep sweep) => new()
    {
        Id = sweep.Id,
        Definition = sweep.Definition,
        FeatureSet = sweep.Plan.Id,
        Shards = sweep.Plan.ShardCount,
        CodeVersion = sweep.CodeVersion,
        Submitted = DateTimeOffset.UnixEpoch,
    };

    private static async Task PutAsync(DirectoryBlobStore blobs, params string[] keys)
    {
        foreach (string key in keys)
        {
            await blobs.PutAsync(key, "x"u8.ToArray(), default);
        }
    }
}
