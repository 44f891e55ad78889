using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Training;

/// <summary>A trial's files: checkpoints and final weights, under <c>trials/SWEEP/NUMBER/</c>.</summary>
internal sealed class TrialBlobs(IBlobStore blobs, TrialId trial)
{
    private readonly string _folder = $"trials/{trial.Sweep}/{trial.Number}/";

    /// <summary>Publishes the checkpoint of an epoch.</summary>
    public Checkpoint PutCheckpoint(int epoch, byte[] file, double seconds) => new(epoch, Put(CheckpointKey(epoch), file), ContentHash.Of(file).Hex, seconds);

    /// <summary>Publishes the weights handed in, and returns their key.</summary>
    public string PutWeights(byte[] file) => Put(_folder + "weights.safetensors", file);

    /// <summary>
    /// Deletes the checkpoint of an epoch, if there is one. Called once a later one is accepted: if the process dies before, the file stays until
    /// the trial is cleaned, and nothing refers to it.
    /// </summary>
    public void DeleteCheckpoint(int epoch) => blobs.DeleteAsync(CheckpointKey(epoch), CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>A blob whose bytes have the hash that they were stored with.</summary>
    /// <exception cref="CorruptDataException">It is gone or has other bytes.</exception>
    public static async Task<byte[]> GetAsync(IBlobStore blobs, string key, string sha256, CancellationToken cancellationToken)
    {
        byte[] bytes = await blobs.TryGetAsync(key, cancellationToken)
            ?? throw new CorruptDataException($"Blob '{key}' is gone, and a trial or model version needs it. Restore it, or run the trial again.");
        string found = ContentHash.Of(bytes).Hex;
        return found == sha256
            ? bytes
            : throw new CorruptDataException($"Blob '{key}' was changed after it was stored: its SHA-256 is {found}, expected {sha256}. Restore it, or run the trial again.");
    }

    private string CheckpointKey(int epoch) => $"{_folder}checkpoint-{epoch:D5}.safetensors";

    private string Put(string key, byte[] file)
    {
        // Not cancelled halfway: publishing takes milliseconds, and the same trial always publishes the same bytes.
        blobs.PutAsync(key, file, CancellationToken.None).GetAwaiter().GetResult();
        return key;
    }
}
