using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Fleets;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Promotions and the way back, on the real stores, killed at every write to a fleet's folder.</summary>
public sealed class PromoterTests : IAsyncLifetime
{
    private static readonly string[] Targets = ["cortex-m4", "pi-aarch64"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-promoter-").FullName;
    private readonly DirectoryBlobStore _artifacts;
    private readonly DyingBlobs _fleetBlobs;
    private StateDatabase _state = null!;
    private Promoter _promoter = null!;

    public PromoterTests()
    {
        _artifacts = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        _fleetBlobs = new DyingBlobs(new DirectoryBlobStore(Path.Combine(_folder, "fleets")));
    }

    public async Task InitializeAsync()
    {
        _state = await StateDatabase.OpenAsync(Path.Combine(_folder, "pipeline.db"));
        _promoter = new Promoter(_state, _artifacts, new FleetStore(_fleetBlobs), Promoter.KeyFile(_folder), TimeProvider.System);
        await _state.WriteAsync(async t =>
        {
            ExperimentId experiment = await new ExperimentStore(t).EnsureAsync("test", DateTimeOffset.UnixEpoch);
            await new RunStore(t).CreateAsync(Model.Run, experiment, "run", "me", DateTimeOffset.UnixEpoch);
            return await new ModelStore(t).AddVersionAsync("kws", Model, "me", DateTimeOffset.UnixEpoch);
        }, default);
        await BuildAsync(1);
    }

    public async Task DisposeAsync()
    {
        await _state.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Killed_at_any_write_a_promotion_and_the_way_back_end_as_if_undisturbed_when_made_again()
    {
        await _promoter.PromoteAsync(Request(1), default);
        await AddVersionAsync();
        await BuildAsync(2);
        string before = await SeenAsync();
        int kills = await UntilDoneAsync(() => _promoter.PromoteAsync(Request(2), default));
        Assert.Equal("champion=2, lab: 2 2, promoted 1 lab, promoted 2 lab", await SeenAsync());
        Assert.True(kills >= 2 * 4, $"Only {kills} writes: a promotion writes program, manifest, signature and pointer for each target.");

        await UntilDoneAsync(() => _promoter.RollBackAsync("kws", "champion", "tester", "", default));
        Assert.Equal("champion=1, lab: 1 1, promoted 1 lab, promoted 2 lab, rolledback 1 lab", await SeenAsync());
        Assert.StartsWith("champion=1, lab: 1 1", before, StringComparison.Ordinal);

        PromotionOutcome last = await _promoter.RollBackAsync("kws", "champion", "tester", "", default);
        Assert.Null(last.Version);
        Assert.StartsWith("champion=, lab: - -, ", await SeenAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<BadInputException>(() => _promoter.RollBackAsync("kws", "champion", "tester", "", default));
    }

    [Fact]
    public async Task What_is_not_built_is_neither_promoted_nor_gone_back_to()
    {
        await _promoter.PromoteAsync(Request(1), default);
        await AddVersionAsync();
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => _promoter.PromoteAsync(Request(2), default));
        Assert.Contains("pipeline edge build kws@2 --target cortex-m4", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<BadInputException>(() => _promoter.PromoteAsync(Request(2) with { Targets = [] }, default));
        Assert.Contains("built for no target", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("champion=1, lab: 1 1", await SeenAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_non_commercial_licence_stops_a_promotion_unless_it_is_allowed_by_name_and_the_log_says_so()
    {
        ModelDescription emotions = Model with { Licences = [new("emodb", "free for research", true), new("speechCommands", "CC BY 4.0", false)] };
        await _state.WriteAsync(t => new ModelStore(t).AddVersionAsync("kws", emotions, "me", DateTimeOffset.UnixEpoch), default);
        await BuildAsync(2);
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => _promoter.PromoteAsync(Request(2), default));
        Assert.Equal(1, e.ExitCode);
        Assert.Contains("trained on emodb: free for research, which is not for commercial use", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<PipelineException>(() => _promoter.PromoteAsync(Allowing("emobd"), default));
        Assert.Contains("Did you mean 'emodb'", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("champion=, lab: - -", await SeenAsync(), StringComparison.Ordinal);

        await _promoter.PromoteAsync(Allowing("emodb"), default);
        IReadOnlyList<Promotion> log = await _state.ReadAsync(static t => new ModelStore(t).HistoryAsync("kws"), default);
        Assert.Equal("test [licence allowed: emodb: free for research]", log[^1].Reason);
        static PromotionRequest Allowing(string name) => Request(2) with { Promote = new PromoteSpec("champion", "lab") { AllowLicences = [name] } };
    }

    [Fact]
    public async Task An_alias_that_moves_queues_the_builds_of_its_targets_once()
    {
        await AddVersionAsync();
        await _state.WriteAsync(async t =>
        {
            await new BuildStore(t).BindAsync("kws", "challenger", [new TargetSpec("cortex-m4", "cortex-m4"), new TargetSpec("pi-aarch64", "pi-aarch64")]);
            return 0;
        }, default);
        Assert.Equal(2, (await _promoter.SetAliasAsync("kws", "challenger", 2, "tester", "", default)).Count);
        await _promoter.SetAliasAsync("kws", "challenger", 1, "tester", "", default);
        await _promoter.SetAliasAsync("kws", "challenger", 2, "tester", "", default);
        Assert.Empty(await _promoter.SetAliasAsync("kws", "other", 2, "tester", "", default));
        IReadOnlyList<BuildRow> builds = await new BuildQueries(_state).ListAsync(default);
        Assert.Equal([(1, TaskState.Succeeded), (1, TaskState.Succeeded), (2, TaskState.Ready), (2, TaskState.Ready)], builds.Select(static b => (b.Version, b.State)));
    }

    /// <summary>A model that was trained here.</summary>
    internal static ModelDescription Model { get; } = new()
    {
        Model = "bc-resnet",
        ModelParameters = [],
        Classes = ["no", "yes"],
        FrontEnd = "log-mel-40-torchaudio",
        Frames = 101,
        FeatureSet = new FeatureSetId("0123456789abcdef"),
        WeightsBlob = "w",
        WeightsSha256 = "",
        Run = new RunId("run"),
        Metrics = [],
    };

    private static PromotionRequest Request(long version) => new()
    {
        User = "tester",
        Model = "kws", Version = version, Promote = new PromoteSpec("champion", "lab"), Targets = Targets, Gates = [new Gate("flashBytes", null, 1)], Reason = "test",
    };

    /// <summary>Does the work, killed at its first write, then at its second, and so on until it is done; gives how often it was killed.</summary>
    private async Task<int> UntilDoneAsync(Func<Task> work)
    {
        for (int kills = 0; ; kills++)
        {
            _fleetBlobs.WritesLeft = kills;
            try
            {
                await work();
                _fleetBlobs.WritesLeft = int.MaxValue;
                return kills;
            }
            catch (KilledException)
            {
                // The next try is another process: nothing but the stores is kept.
            }
        }
    }

    private Task<long> AddVersionAsync() => _state.WriteAsync(t => new ModelStore(t).AddVersionAsync("kws", Model, "me", DateTimeOffset.UnixEpoch), default);

    /// <summary>Puts artifacts into the store, and what their build would hand in into the state.</summary>
    private async Task BuildAsync(long version)
    {
        foreach (string target in Targets)
        {
            ArtifactReport report = new()
            {
                Target = target, AccuracyFloat = 1, AccuracyInt8 = 1, FlashBytes = 1, RamBytes = 1, InstructionsPerInference = 1, Mismatches = 0, Clips = 1,
                Path = $"artifacts/kws/{version}/{target}",
            };
            byte[] program = [(byte)version];
            byte[] manifest = JsonSerializer.SerializeToUtf8Bytes(
                new ArtifactManifest
                {
                    Model = "kws", Version = version, Description = Model, Report = report, Program = "program", Harness = "program",
                    Files = [new ArtifactFile("program", 1, ContentHash.Of(program).Hex)],
                },
                ContractsJson.Default.ArtifactManifest);
            await _artifacts.PutAsync($"{report.Path}/program", program, default);
            await _artifacts.PutAsync($"{report.Path}/manifest.json", manifest, default);
            await _state.WriteAsync(async t =>
            {
                BuildStore builds = new(t);
                await builds.AddAsync("kws", version, Model, [new TargetSpec(target, target)]);
                TaskRecord task = (await builds.FindAsync("kws", version, target))!;
                await new TaskStore(t).UpdateAsync(task with { State = TaskState.Succeeded, Result = new BuildResult(report, ContentHash.Of(manifest).Hex) });
                return 0;
            }, default);
        }
    }

    /// <summary>Alias, fleet and log as a person sees them; what the fleet has is checked as a device checks it.</summary>
    private async Task<string> SeenAsync()
    {
        (long? version, IReadOnlyList<Promotion> log) = await _state.ReadAsync(async t =>
            ((await new ModelStore(t).FindByAliasAsync("kws", "champion"))?.Version, await new ModelStore(t).HistoryAsync("kws")), default);
        FleetStore fleets = new(_fleetBlobs);
        List<string> versions = [];
        foreach (string target in Targets)
        {
            FleetRelease? release = await fleets.CurrentAsync("lab", target, default);
            if (release is not null)
            {
                using ManifestSigner signer = ManifestSigner.Open(Promoter.KeyFile(_folder));
                await fleets.CheckAsync(release, signer.PublicKey, default);
            }

            versions.Add(release is null ? "-" : $"{release.Version}");
        }

        return $"champion={version}, lab: {string.Join(' ', versions)}, "
            + string.Join(", ", log.Select(static m => $"{m.Kind.ToString().ToLowerInvariant()} {m.ToVersion} {m.Fleet}"));
    }

    private sealed class KilledException : Exception;

    /// <summary>A store on which the process dies after so many writes.</summary>
    private sealed class DyingBlobs(IBlobStore inner) : IBlobStore
    {
        public int WritesLeft { get; set; } = int.MaxValue;

        public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            WritesLeft-- > 0 ? inner.PutAsync(key, bytes, cancellationToken) : throw new KilledException();

        public Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken) =>
            WritesLeft-- > 0 ? inner.PutFileAsync(key, write, cancellationToken) : throw new KilledException();

        public Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken) => inner.TryGetAsync(key, cancellationToken);

        public Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken) => inner.TryGetFileAsync(key, cancellationToken);

        public DiskRoom? Room => inner.Room;

        public Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            WritesLeft-- > 0 ? inner.TryReplaceAsync(key, version, bytes, cancellationToken) : throw new KilledException();

        public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            WritesLeft-- > 0 ? inner.TryCreateAsync(key, bytes, cancellationToken) : throw new KilledException();

        public Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken) => inner.TryGetLocalFileAsync(key, cancellationToken);

        public Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken) => inner.TryGetRangeAsync(key, offset, count, cancellationToken);

        public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
            WritesLeft-- > 0 ? inner.DeleteAsync(key, cancellationToken) : throw new KilledException();
    }
}
