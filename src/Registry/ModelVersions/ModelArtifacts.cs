using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;

namespace Pipeline.Registry.ModelVersions;

/// <summary>The files of a run that trained a model, as clients see them.</summary>
public static class ModelArtifacts
{
    /// <summary>The folder of the model itself, which a model version's source names.</summary>
    public const string Folder = "model";

    /// <summary>The counts on the test split, [true class][predicted class], with the class names.</summary>
    public const string Confusion = "confusion.json";

    /// <summary>The model's description.</summary>
    public const string Description = Folder + "/description.json";

    /// <summary>The weights.</summary>
    public const string Weights = Folder + "/weights.safetensors";

    /// <summary>The blob that holds the description of the model that a run trained.</summary>
    internal static string DescriptionBlobOf(RunId run) => $"runs/{run}/description.json";

    /// <summary>
    /// Publishes the files of a finished run whose weights are a blob already. To be called before the transaction that names them with
    /// <see cref="RunStore.SetArtifactAsync"/>: a process that dies between the two leaves blobs that the next attempt overwrites with the same bytes.
    /// </summary>
    /// <param name="blobs">Where to.</param>
    /// <param name="model">The model that the run trained.</param>
    /// <param name="confusion">Counts on the test split, [true class][predicted class].</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The run's artifacts.</returns>
    public static async Task<IReadOnlyList<RunArtifact>> PublishAsync(
        IBlobStore blobs, ModelDescription model, int[][] confusion, CancellationToken cancellationToken)
    {
        string folder = $"runs/{model.Run}";
        RunArtifact[] artifacts = [new(Confusion, $"{folder}/{Confusion}"), new(Description, DescriptionBlobOf(model.Run)), new(Weights, model.WeightsBlob)];
        byte[] counts = JsonSerializer.SerializeToUtf8Bytes(new ConfusionMatrix(model.Classes, confusion), ConfusionJson.Default.ConfusionMatrix);
        await blobs.PutAsync(artifacts[0].Blob, counts, cancellationToken);
        await blobs.PutAsync(
            artifacts[1].Blob, JsonSerializer.SerializeToUtf8Bytes(model, ContractsJson.Default.ModelDescription), cancellationToken);
        return artifacts;
    }
}
