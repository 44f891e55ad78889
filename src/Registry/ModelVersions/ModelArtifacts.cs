using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.ModelVersions;

/// <summary>The files of a run that trained a model, as clients see them.</summary>
public static class ModelArtifacts
{
    /// <summary>The folder of the model itself, which a model version's source names.</summary>
    public const string Folder = "model";

    /// <summary>The counts on the test split, [true class][predicted class], with the class names.</summary>
    public const string Confusion = "confusion.json";

    /// <summary>What the model was measured to do on a long stream.</summary>
    public const string Stream = "stream.json";

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

    /// <summary>Publishes what the model of a run was measured to do on a stream; gives the blob's key.</summary>
    public static async Task<string> PublishStreamAsync(IBlobStore blobs, RunId run, StreamReport report, CancellationToken cancellationToken)
    {
        string blob = $"runs/{run}/{Stream}";
        await blobs.PutAsync(blob, JsonSerializer.SerializeToUtf8Bytes(report, StreamJson.Default.StreamReport), cancellationToken);
        return blob;
    }

    /// <summary>What the model of a run was measured to do on a stream; null where it was not, or its file is gone.</summary>
    public static Task<StreamReport?> ReadStreamAsync(IBlobStore blobs, StateDatabase state, RunId run, CancellationToken cancellationToken) =>
        ReadAsync(blobs, state, run, Stream, StreamJson.Default.StreamReport, cancellationToken);

    /// <summary>The counts of a run on the test split; null where it has none, or its file is gone.</summary>
    public static Task<ConfusionMatrix?> ReadConfusionAsync(IBlobStore blobs, StateDatabase state, RunId run, CancellationToken cancellationToken) =>
        ReadAsync(blobs, state, run, Confusion, ConfusionJson.Default.ConfusionMatrix, cancellationToken);

    private static async Task<T?> ReadAsync<T>(
        IBlobStore blobs, StateDatabase state, RunId run, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        IReadOnlyList<RunArtifact> files = await state.ReadAsync(t => new RunStore(t).ArtifactsAsync(run), cancellationToken);
        return files.FirstOrDefault(f => f.Path == path) is { } file && await blobs.TryGetAsync(file.Blob, cancellationToken) is { } bytes
            ? JsonSerializer.Deserialize(bytes, type)
            : null;
    }
}
