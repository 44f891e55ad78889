using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Quantization;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Artifacts;

/// <summary>Checks that a published artifact is what its manifest says, and runs it again.</summary>
public sealed class ArtifactVerifier(IBlobStore blobs)
{
    /// <summary>Reads the manifest and checks every file's hash against it.</summary>
    /// <param name="path">The artifact's prefix, <see cref="ArtifactReport.Path"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="BadInputException">There is no such artifact.</exception>
    /// <exception cref="CorruptDataException">A file is missing or was changed.</exception>
    public async Task<ArtifactManifest> CheckFilesAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await blobs.TryGetAsync($"{path}/{ArtifactManifest.FileName}", cancellationToken)
            ?? throw new BadInputException($"There is no artifact '{path}'. Build it first: pipeline edge build.");
        ArtifactManifest manifest = Parse(bytes, path);
        foreach (ArtifactFile file in manifest.Files)
        {
            byte[] content = await blobs.TryGetAsync($"{path}/{file.Name}", cancellationToken)
                ?? throw new CorruptDataException($"Artifact '{path}' has no file '{file.Name}', which its manifest lists. Build it again.");
            string found = ContentHash.Of(content).Hex;
            if (found != file.Sha256)
            {
                throw new CorruptDataException($"File '{file.Name}' of artifact '{path}' has the hash {found}; its manifest says {file.Sha256}: it was changed. Build it again.");
            }
        }

        return manifest;
    }

    /// <summary>Checks the files, then runs the stored program emulated on recordings and compares it with the stored graph's interpreter.</summary>
    /// <param name="path">The artifact's prefix.</param>
    /// <param name="target">The target that it was built for.</param>
    /// <param name="clips">The recordings.</param>
    /// <param name="progress">Told how many recordings have been run.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The manifest's report with what was measured now; the float accuracy is the build's.</returns>
    public async Task<ArtifactReport> VerifyAsync(
        string path, Target target, IEnumerable<LabelledClip> clips, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArtifactManifest manifest = await CheckFilesAsync(path, cancellationToken);
        QuantizedGraph graph = QuantizationJson.Read(await ReadAsync(path, ArtifactBuilder.GraphFile, cancellationToken), $"{path}/{ArtifactBuilder.GraphFile}");
        var harness = new ProgramFile(manifest.Harness, await ReadAsync(path, manifest.Harness, cancellationToken));
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(target, harness, cancellationToken);
        Comparison found = await new ClipComparison(graph, FrontEnds.Get(manifest.Description.FrontEnd), emulator, floatModel: null)
            .RunAsync(clips, progress, cancellationToken);
        return manifest.Report with
        {
            AccuracyInt8 = (double)found.CorrectInt8 / found.Clips,
            InstructionsPerInference = (long)Math.Round((double)found.Instructions / found.Clips),
            Mismatches = found.Mismatches,
            FirstMismatch = found.FirstMismatch,
            Clips = found.Clips,
        };
    }

    private async Task<byte[]> ReadAsync(string path, string name, CancellationToken cancellationToken) =>
        await blobs.TryGetAsync($"{path}/{name}", cancellationToken)
        ?? throw new CorruptDataException($"Artifact '{path}' has no file '{name}'. Build it again.");

    private static ArtifactManifest Parse(byte[] bytes, string path)
    {
        try
        {
            ArtifactManifest? manifest = JsonSerializer.Deserialize(bytes, ContractsJson.Default.ArtifactManifest);
            return manifest is { Format: ArtifactManifest.CurrentFormat } ? manifest : throw new CorruptDataException(
                $"The manifest of artifact '{path}' has format {manifest?.Format}. Expected {ArtifactManifest.CurrentFormat}: build it again with this version.");
        }
        catch (JsonException e)
        {
            throw new CorruptDataException($"The manifest of artifact '{path}' is no manifest: {e.Message} Build it again.", e);
        }
    }
}
