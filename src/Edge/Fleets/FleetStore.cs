using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Fleets;

/// <summary>
/// What fleets run: for each fleet and target the releases published so far, each an artifact with its signed manifest, and which of them is
/// current. Releases stay, so that going back is publishing an earlier one again.
/// </summary>
/// <param name="fleets">The store that devices read.</param>
public sealed class FleetStore(IBlobStore fleets)
{
    /// <summary>The file of a release's signature, over the manifest's bytes.</summary>
    public const string SignatureFile = "manifest.sig";

    private const string CurrentFile = "current.json";

    /// <summary>Checks an artifact, copies it with its signed manifest into the fleet's store and makes it current. Publishing again changes nothing.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="artifacts">The store of artifacts.</param>
    /// <param name="path">The artifact's prefix, <see cref="ArtifactReport.Path"/>.</param>
    /// <param name="signer">Signs the manifest.</param>
    /// <param name="cancellationToken">Stops the publishing; the current release stays.</param>
    /// <exception cref="CorruptDataException">The artifact was changed.</exception>
    public async Task<FleetRelease> PublishAsync(string fleet, IBlobStore artifacts, string path, ManifestSigner signer, CancellationToken cancellationToken)
    {
        ArtifactManifest manifest = await new ArtifactVerifier(artifacts).CheckFilesAsync(path, cancellationToken);
        byte[] manifestBytes = await ReadAsync(artifacts, $"{path}/{ArtifactManifest.FileName}", cancellationToken);
        string folder = $"{Folder(fleet, manifest.Report.Target)}/releases/{manifest.Model}-{manifest.Version}-{ContentHash.Of(manifestBytes).Hex[..12]}";
        foreach (ArtifactFile file in manifest.Files)
        {
            await fleets.PutAsync($"{folder}/{file.Name}", await ReadAsync(artifacts, $"{path}/{file.Name}", cancellationToken), cancellationToken);
        }

        await fleets.PutAsync($"{folder}/{ArtifactManifest.FileName}", manifestBytes, cancellationToken);
        await fleets.PutAsync($"{folder}/{SignatureFile}", signer.Sign(manifestBytes), cancellationToken);

        // Dying before this leaves a release that nothing points to; the current one stays whole and current.
        var release = new FleetRelease(fleet, manifest.Report.Target, manifest.Model, manifest.Version, folder);
        await fleets.PutAsync(
            $"{Folder(fleet, release.Target)}/{CurrentFile}", JsonSerializer.SerializeToUtf8Bytes(release, ContractsJson.Default.FleetRelease), cancellationToken);
        return release;
    }

    /// <summary>The release that a fleet's devices of a target run; null where none was published.</summary>
    /// <exception cref="CorruptDataException">What says so cannot be read.</exception>
    public async Task<FleetRelease?> CurrentAsync(string fleet, string target, CancellationToken cancellationToken)
    {
        byte[]? bytes = await fleets.TryGetAsync($"{Folder(fleet, target)}/{CurrentFile}", cancellationToken);
        try
        {
            return bytes is null ? null : JsonSerializer.Deserialize(bytes, ContractsJson.Default.FleetRelease);
        }
        catch (JsonException e)
        {
            throw new CorruptDataException($"'{Folder(fleet, target)}/{CurrentFile}' cannot be read: {e.Message} Publish to the fleet again.", e);
        }
    }

    /// <summary>Makes no release current for a target; the releases stay. Devices keep what they run.</summary>
    public Task WithdrawAsync(string fleet, string target, CancellationToken cancellationToken) =>
        fleets.DeleteAsync($"{Folder(fleet, target)}/{CurrentFile}", cancellationToken);

    /// <summary>Checks a release as a device does before it runs it: the manifest's signature, then every file's hash.</summary>
    /// <param name="release">The release.</param>
    /// <param name="publicKey">The deployment's public key, PEM.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="CorruptDataException">The manifest is not the one that was signed, or a file is not the manifest's.</exception>
    public async Task<ArtifactManifest> CheckAsync(FleetRelease release, string publicKey, CancellationToken cancellationToken)
    {
        byte[] manifest = await ReadAsync(fleets, $"{release.Path}/{ArtifactManifest.FileName}", cancellationToken);
        byte[] signature = await ReadAsync(fleets, $"{release.Path}/{SignatureFile}", cancellationToken);
        return ManifestSigner.Verify(publicKey, manifest, signature)
            ? await new ArtifactVerifier(fleets).CheckFilesAsync(release.Path, cancellationToken)
            : throw new CorruptDataException(
                $"The manifest of release '{release.Path}' does not carry this deployment's signature: it was changed, or signed with another key. Publish to the fleet again.");
    }

    private static string Folder(string fleet, string target) => $"{fleet}/{target}";

    private static async Task<byte[]> ReadAsync(IBlobStore blobs, string key, CancellationToken cancellationToken) =>
        await blobs.TryGetAsync(key, cancellationToken) ?? throw new CorruptDataException($"The file '{key}' is gone. Publish again.");
}
