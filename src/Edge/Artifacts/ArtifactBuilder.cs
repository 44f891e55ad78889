using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.Models.Quantization;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Artifacts;

/// <summary>What to build.</summary>
/// <param name="Model">The registered model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Description">What the version is.</param>
/// <param name="Target">What to build it for.</param>
public sealed record ArtifactRequest(string Model, long Version, ModelDescription Description, Target Target)
{
    /// <summary>Prefix of the artifact's blobs, without the slash at the end.</summary>
    public string Path => $"artifacts/{Model}/{Version}/{Target.Name}";
}

/// <summary>
/// Quantises a model version, generates and compiles its code, runs it emulated on recordings from PCM and publishes it with what was measured.
/// Equal requests and clips give equal bytes, so building twice changes nothing.
/// </summary>
public sealed class ArtifactBuilder(IBlobStore blobs)
{
    /// <summary>The file of the quantised graph.</summary>
    internal const string GraphFile = "model.json";

    /// <summary>Most calibration clips used, the first ones: more change no range that matters and take time.</summary>
    public const int MaxCalibrationClips = 256;

    /// <summary>Builds, verifies and publishes the artifact.</summary>
    /// <param name="request">What to build.</param>
    /// <param name="calibration">Features [bands, frames] of the training split, from which the ranges of activations are measured; <see cref="FeatureSetClips"/> has them.</param>
    /// <param name="verification">Recordings that the artifact is run on, read as they are needed; usually the test split.</param>
    /// <param name="progress">Told how many recordings have been run.</param>
    /// <param name="cancellationToken">Stops the build; nothing is published then.</param>
    /// <exception cref="BadInputException">The model does not fit the target: the message names the layer.</exception>
    /// <exception cref="PipelineException">A compiler or emulator is missing or failed.</exception>
    public async Task<ArtifactReport> BuildAsync(
        ArtifactRequest request,
        IReadOnlyList<float[]> calibration,
        IEnumerable<LabelledClip> verification,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        FloatModel model = await FloatModel.LoadAsync(request.Description, blobs, cancellationToken);
        QuantizedGraph graph = Quantizer.Quantize(
            model.Graph, model.Weights, [.. calibration.Take(MaxCalibrationClips)]);
        GeneratedCode code = CodeGenerator.Generate(graph, request.Description.FrontEnd, request.Description.Classes);
        BoardPrograms programs = await new BoardCompiler(request.Target).CompileAsync(code, cancellationToken);
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(request.Target, programs.Harness, cancellationToken);
        Comparison found = await new ClipComparison(graph, model.FrontEnd, emulator, model).RunAsync(verification, progress, cancellationToken);
        var report = new ArtifactReport
        {
            Target = request.Target.Name,
            AccuracyFloat = (double)found.CorrectFloat / found.Clips,
            AccuracyInt8 = (double)found.CorrectInt8 / found.Clips,
            FlashBytes = programs.FlashBytes,
            RamBytes = programs.RamBytes,
            InstructionsPerInference = (long)Math.Round((double)found.Instructions / found.Clips),
            Mismatches = found.Mismatches,
            FirstMismatch = found.FirstMismatch,
            Clips = found.Clips,
            Path = request.Path,
        };
        await PublishAsync(request, graph, code, programs, report, cancellationToken);
        return report;
    }

    private async Task PublishAsync(
        ArtifactRequest request, QuantizedGraph graph, GeneratedCode code, BoardPrograms programs, ArtifactReport report, CancellationToken cancellationToken)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [GraphFile] = QuantizationJson.Write(graph),
            [programs.Harness.Name] = programs.Harness.Bytes,
            [programs.Deliverable.Name] = programs.Deliverable.Bytes,
        };
        foreach (SourceFile file in code.Files)
        {
            files[file.Name] = Encoding.UTF8.GetBytes(file.Text);
        }

        var manifest = new ArtifactManifest
        {
            Model = request.Model,
            Version = request.Version,
            Description = request.Description,
            Report = report,
            Program = programs.Deliverable.Name,
            Harness = programs.Harness.Name,
            Files = [.. files.Select(f => new ArtifactFile(f.Key, f.Value.Length, ContentHash.Of(f.Value).Hex))],
        };
        foreach ((string name, byte[] bytes) in files)
        {
            await blobs.PutAsync($"{request.Path}/{name}", bytes, cancellationToken);
        }

        // Dying before this leaves files without a manifest (or with one that they no longer match, which verification refuses): not an artifact.
        await blobs.PutAsync(
            $"{request.Path}/{ArtifactManifest.FileName}",
            JsonSerializer.SerializeToUtf8Bytes(manifest, ContractsJson.Default.ArtifactManifest),
            cancellationToken);
    }
}
