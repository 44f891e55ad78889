using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Fleets;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Tests;

/// <summary>Publishing to a fleet, going back, and what a device refuses.</summary>
public sealed class FleetStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-fleet-").FullName;
    private readonly DirectoryBlobStore _artifacts;
    private readonly DirectoryBlobStore _releases;
    private readonly ManifestSigner _signer;

    public FleetStoreTests()
    {
        _artifacts = new(Path.Combine(_folder, "artifacts"));
        _releases = new(Path.Combine(_folder, "fleets"));
        _signer = ManifestSigner.Open(Path.Combine(_folder, "signing.pem"));
    }

    public void Dispose()
    {
        _signer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_last_release_published_is_current_and_an_earlier_one_can_be_published_again()
    {
        var fleets = new FleetStore(_releases);
        Assert.Null(await fleets.CurrentAsync("lab", "pi-aarch64", default));
        FleetRelease first = await PublishAsync(fleets, 1);
        FleetRelease second = await PublishAsync(fleets, 2);
        Assert.Equal(second, await fleets.CurrentAsync("lab", "pi-aarch64", default));
        Assert.Equal(first, await PublishAsync(fleets, 1));
        Assert.Equal(first, await fleets.CurrentAsync("lab", "pi-aarch64", default));
        Assert.Equal(1, (await fleets.CheckAsync(first, _signer.PublicKey, default)).Version);
        Assert.Equal(2, (await fleets.CheckAsync(second, _signer.PublicKey, default)).Version);
    }

    [Theory]
    [InlineData("kws")]
    [InlineData("manifest.json")]
    [InlineData("manifest.sig")]
    public async Task A_device_refuses_a_release_with_a_changed_byte(string file)
    {
        var fleets = new FleetStore(_releases);
        FleetRelease release = await PublishAsync(fleets, 1);
        byte[] bytes = (await _releases.TryGetAsync($"{release.Path}/{file}", default))!;
        for (int i = 0; i < bytes.Length; i += 5)
        {
            bytes[i] ^= 1;
            await _releases.PutAsync($"{release.Path}/{file}", bytes, default);
            await Assert.ThrowsAsync<CorruptDataException>(() => fleets.CheckAsync(release, _signer.PublicKey, default));
            bytes[i] ^= 1;
        }

        await _releases.PutAsync($"{release.Path}/{file}", bytes, default);
        await fleets.CheckAsync(release, _signer.PublicKey, default);
    }

    [Fact]
    public async Task A_device_refuses_what_another_key_signed()
    {
        var fleets = new FleetStore(_releases);
        FleetRelease release = await PublishAsync(fleets, 1);
        using ManifestSigner other = ManifestSigner.Open(Path.Combine(_folder, "other.pem"));
        await Assert.ThrowsAsync<CorruptDataException>(() => fleets.CheckAsync(release, other.PublicKey, default));
    }

    [Fact]
    public async Task A_changed_artifact_is_not_published_and_the_current_release_stays()
    {
        var fleets = new FleetStore(_releases);
        FleetRelease first = await PublishAsync(fleets, 1);
        string path = await StoreArtifactAsync(2);
        await _artifacts.PutAsync($"{path}/kws", Encoding.UTF8.GetBytes("something else"), default);
        await Assert.ThrowsAsync<CorruptDataException>(() => fleets.PublishAsync("lab", _artifacts, path, _signer, default));
        Assert.Equal(first, await fleets.CurrentAsync("lab", "pi-aarch64", default));
    }

    private async Task<FleetRelease> PublishAsync(FleetStore fleets, long version) =>
        await fleets.PublishAsync("lab", _artifacts, await StoreArtifactAsync(version), _signer, default);

    /// <summary>An artifact whose program is a text: what fleets do does not depend on what is in the files.</summary>
    private async Task<string> StoreArtifactAsync(long version)
    {
        string path = $"artifacts/kws/{version}/pi-aarch64";
        byte[] program = Encoding.UTF8.GetBytes($"program {version}");
        var manifest = new ArtifactManifest
        {
            Model = "kws",
            Version = version,
            Description = new ModelDescription
            {
                Model = "bc-resnet",
                ModelParameters = [],
                Classes = RandomModel.Classes,
                FrontEnd = "log-mel-40-4khz",
                Frames = 98,
                FeatureSet = new("0123456789abcdef"),
                WeightsBlob = "weights/none",
                WeightsSha256 = new string('0', 64),
                Run = new("run"),
                Metrics = [],
            },
            Report = new ArtifactReport
            {
                Target = "pi-aarch64", AccuracyFloat = 1, AccuracyInt8 = 1, FlashBytes = program.Length, RamBytes = 1,
                InstructionsPerInference = 1, Mismatches = 0, Clips = 1, Path = path,
            },
            Program = "kws",
            Harness = "kws",
            Files = [new("kws", program.Length, ContentHash.Of(program).Hex)],
        };
        await _artifacts.PutAsync($"{path}/kws", program, default);
        await _artifacts.PutAsync($"{path}/manifest.json", JsonSerializer.SerializeToUtf8Bytes(manifest, ContractsJson.Default.ArtifactManifest), default);
        return path;
    }
}
