using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Tests;

/// <summary>Artifacts from a stored model version to a verified, signed manifest.</summary>
public sealed class ArtifactTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("cortex-m4")]
    [InlineData("pi-aarch64")]
    public async Task An_artifact_is_built_twice_to_the_same_bytes_and_verifies(string targetName)
    {
        Target target = BuiltInTargets.Get(targetName);
        Toolchain.Need(target);

        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        ArtifactRequest request = await StoreModelAsync(blobs, target, tau: 1);
        LabelledClip[] clips = [.. Enumerable.Range(0, 5).Select(Clip)];
        ArtifactReport report = await new ArtifactBuilder(blobs).BuildAsync(request, Features(clips), clips, progress: null, CancellationToken.None);
        SortedDictionary<string, string> first = await HashesAsync(blobs, report.Path);
        ArtifactReport again = await new ArtifactBuilder(blobs).BuildAsync(request, Features(clips), clips, progress: null, CancellationToken.None);

        Assert.Equal(report, again);
        Assert.Equal(first, await HashesAsync(blobs, report.Path));
        Assert.Equal((0, 5, null), (report.Mismatches, report.Clips, report.FirstMismatch));
        Assert.InRange(report.FlashBytes, 20_000, target.FlashBytes);
        Assert.InRange(report.RamBytes, 60_000, target.RamBytes);
        ArtifactReport verified = await new ArtifactVerifier(blobs).VerifyAsync(report.Path, target, clips, progress: null, CancellationToken.None);
        Assert.Equal(report, verified);
    }

    [Theory]
    [InlineData("model.c")]
    [InlineData("model.json")]
    [InlineData("kws")]
    public async Task A_changed_byte_is_refused_naming_the_file(string file)
    {
        Toolchain.Need(BuiltInTargets.PiAarch64);

        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        ArtifactRequest request = await StoreModelAsync(blobs, BuiltInTargets.PiAarch64, tau: 1);
        ArtifactReport report = await new ArtifactBuilder(blobs).BuildAsync(request, Features([Clip(0)]), [Clip(0)], progress: null, CancellationToken.None);
        byte[] bytes = (await blobs.TryGetAsync($"{report.Path}/{file}", CancellationToken.None))!;
        bytes[bytes.Length / 2] ^= 1;
        await blobs.PutAsync($"{report.Path}/{file}", bytes, CancellationToken.None);

        CorruptDataException refused = await Assert.ThrowsAsync<CorruptDataException>(
            () => new ArtifactVerifier(blobs).CheckFilesAsync(report.Path, CancellationToken.None));
        Assert.Contains($"'{file}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_computes_something_else_is_found_out()
    {
        Target target = BuiltInTargets.PiAarch64;
        Toolchain.Need(target);

        // Another model's program under this model's graph: every file is whole, only the run tells.
        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        LabelledClip[] clips = [Clip(1), Clip(2)];
        ArtifactReport one = await new ArtifactBuilder(blobs).BuildAsync(await StoreModelAsync(blobs, target, tau: 1, seed: 1), Features(clips), clips, null, default);
        ArtifactReport two = await new ArtifactBuilder(blobs).BuildAsync(
            await StoreModelAsync(blobs, target, tau: 1, seed: 2) with { Model = "other" }, Features(clips), clips, null, default);
        await blobs.PutAsync($"{one.Path}/kws", (await blobs.TryGetAsync($"{two.Path}/kws", default))!, default);
        string manifest = Encoding.UTF8.GetString((await blobs.TryGetAsync($"{one.Path}/manifest.json", default))!);
        string forged = manifest.Replace((await HashesOfManifestAsync(blobs, one.Path))["kws"], (await HashesOfManifestAsync(blobs, two.Path))["kws"], StringComparison.Ordinal);
        await blobs.PutAsync($"{one.Path}/manifest.json", Encoding.UTF8.GetBytes(forged), default);

        ArtifactReport verified = await new ArtifactVerifier(blobs).VerifyAsync(one.Path, target, clips, progress: null, default);
        Assert.Equal((2, "clip-1.wav"), (verified.Mismatches, verified.FirstMismatch));
    }

    [Fact]
    public async Task A_model_too_large_for_the_board_is_refused_naming_layer_need_and_remedy()
    {
        Toolchain.Need(BuiltInTargets.CortexM4);

        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        ArtifactRequest wide = await StoreModelAsync(blobs, BuiltInTargets.CortexM4, tau: 8);
        BadInputException ram = await Assert.ThrowsAsync<BadInputException>(
            () => new ArtifactBuilder(blobs).BuildAsync(wide, Features([Clip(1)]), [Clip(1)], progress: null, default));
        Assert.Matches(@"Layer '.+' needs too much memory: .* 262144\. .*smaller tau", ram.Message);

        ArtifactRequest small = await StoreModelAsync(blobs, BuiltInTargets.CortexM4 with { FlashBytes = 20_000 }, tau: 1);
        BadInputException flash = await Assert.ThrowsAsync<BadInputException>(
            () => new ArtifactBuilder(blobs).BuildAsync(small, Features([Clip(1)]), [Clip(1)], progress: null, default));
        Assert.Matches(@"20000 bytes of flash.*; layer '.+' alone has \d+ bytes", flash.Message);
    }

    [Fact]
    public async Task Changed_weights_are_refused()
    {
        var blobs = new DirectoryBlobStore(Path.Combine(_folder, "blobs"));
        ArtifactRequest request = await StoreModelAsync(blobs, BuiltInTargets.CortexM4, tau: 1);
        byte[] weights = (await blobs.TryGetAsync(request.Description.WeightsBlob, default))!;
        weights[^1] ^= 1;
        await blobs.PutAsync(request.Description.WeightsBlob, weights, default);
        await Assert.ThrowsAsync<CorruptDataException>(() => new ArtifactBuilder(blobs).BuildAsync(request, Features([Clip(1)]), [Clip(1)], progress: null, default));
    }

    [Fact]
    public async Task An_artifact_that_is_not_there_is_refused() => await Assert.ThrowsAsync<BadInputException>(
        () => new ArtifactVerifier(new DirectoryBlobStore(_folder)).CheckFilesAsync("artifacts/kws/1/cortex-m4", default));

    [Fact]
    public void A_signature_covers_every_byte_and_its_key_is_kept_to_the_owner()
    {
        string path = Path.Combine(_folder, "keys", "signing.pem");
        byte[] manifest = "{ \"format\": 1 }"u8.ToArray();
        using ManifestSigner signer = ManifestSigner.Open(path);
        using ManifestSigner reopened = ManifestSigner.Open(path);
        byte[] signature = signer.Sign(manifest);
        Assert.Equal(signer.PublicKey, reopened.PublicKey);
        Assert.True(ManifestSigner.Verify(reopened.PublicKey, manifest, signature));
        for (int i = 0; i < manifest.Length; i++)
        {
            manifest[i] ^= 1;
            Assert.False(ManifestSigner.Verify(signer.PublicKey, manifest, signature));
            manifest[i] ^= 1;
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    private static float[][] Features(LabelledClip[] clips) => [.. clips.Select(c => PcmFeatures.Of(FrontEnds.Get(FrontEnds.LogMel404Khz), c.Samples))];

    private static LabelledClip Clip(int number)
    {
        var random = StableRandom.For(11, "clip", number);
        double pitch = random.NextDouble(0.02, 0.4);
        short[] samples = [.. Enumerable.Range(0, CodeGenerator.Samples).Select(n => (short)((9_000 * Math.Sin(n * pitch)) + (500 * random.NextGaussian())))];
        return new($"clip-{number}.wav", number % RandomModel.Classes.Length, samples);
    }

    private static async Task<ArtifactRequest> StoreModelAsync(IBlobStore blobs, Target target, double tau, ulong seed = 1)
    {
        const int frames = 98;
        Graph graph = RandomModel.Zoo("bc-resnet", frames, tau);
        Dictionary<string, float[]> weights = RandomModel.Weights(graph, seed);
        byte[] file = Safetensors.Write([.. graph.Initializers.Select(i => new NamedTensor(i.Name, i.Shape, weights[i.Name]))], new Dictionary<string, string>());
        string blob = $"weights/{ContentHash.Of(file)}";
        await blobs.PutAsync(blob, file, CancellationToken.None);
        return new("kws", 3, new ModelDescription
        {
            Model = "bc-resnet",
            ModelParameters = new() { ["classes"] = RandomModel.Classes.Length, ["tau"] = tau },
            Classes = RandomModel.Classes,
            FrontEnd = FrontEnds.LogMel404Khz,
            Frames = frames,
            FeatureSet = new("0123456789abcdef"),
            WeightsBlob = blob,
            WeightsSha256 = ContentHash.Of(file).Hex,
            Run = new("run"),
            Metrics = [],
        }, target);
    }

    private static async Task<SortedDictionary<string, string>> HashesAsync(IBlobStore blobs, string path)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string key in await blobs.ListAsync(path + "/", CancellationToken.None))
        {
            hashes.Add(key, ContentHash.Of(await blobs.TryGetAsync(key, CancellationToken.None)).Hex);
        }

        return hashes;
    }

    private static async Task<Dictionary<string, string>> HashesOfManifestAsync(IBlobStore blobs, string path)
    {
        byte[] manifest = (await blobs.TryGetAsync($"{path}/manifest.json", default))!;
        return JsonSerializer.Deserialize(manifest, ContractsJson.Default.ArtifactManifest)!.Files.ToDictionary(f => f.Name, f => f.Sha256);
    }
}
