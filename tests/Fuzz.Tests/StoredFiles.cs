using System.Text;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Storage.Blobs;

namespace Pipeline.Fuzz.Tests;

/// <summary>Sound files of what the project itself stores and imports.</summary>
internal static class StoredFiles
{
    private const double ClipSeconds = 0.1;
    private const string FrontEnd = "log-mel-40-torchaudio";

    /// <summary>A feature set of audio rows with background recordings, one of feature rows, and one that goes on from another, in one store; gives their manifests' keys.</summary>
    public static async Task<string[]> FeatureSetsAsync(DirectoryBlobStore blobs, string folder)
    {
        WriteRecordings(folder);
        FolderData data = new() { Path = folder, ClipSeconds = ClipSeconds, Split = SplitRule.SpeakerHash };
        AugmentSpec noisy = new() { Steps = [new ShiftStep(10), new NoiseStep(0.1, 1)] };
        FeatureSetDefinition noisySet = new(data, FrontEnd, noisy), plain = new(data, FrontEnd, Augment: null);
        AugmentSpec stored = new() { When = AugmentWhen.Stored, Steps = [new ShiftStep(10)] };
        FeatureSetDefinition copied = new(data, FrontEnd, stored);
        return
        [
            await BuildAsync(blobs, noisySet),
            await BuildAsync(blobs, plain),
            await BuildAsync(blobs, copied with { Augment = stored with { Copies = 2 }, Extends = new("copied", copied, null) }),
        ];
    }

    /// <summary>NumPy rows as <c>importedFeatures</c> takes them.</summary>
    public static byte[] NumPy(int rows, string type = "|u1", int bytes = 1)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, 98, 40), }}";
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. new byte[rows * 98 * 40 * bytes]];
    }

    /// <summary>The index of so many rows.</summary>
    public static byte[] Index(int rows) => Encoding.UTF8.GetBytes("row\tlabel\tword\tspeaker\tsplit\tname\n" + string.Concat(Enumerable.Range(0, rows)
        .Select(static row => $"{row}\t{(row % 3 == 0 ? "_unknown_" : "yes")}\tword\tspeaker{row}\t{(row % 2 == 0 ? "training" : "testing")}\tclip{row}.wav\n")));

    /// <summary>A manifest with every column, quoted cells among them.</summary>
    public static byte[] Manifest(char separator) => Encoding.UTF8.GetBytes(string.Join(separator, "path", "label", "speaker", "split", "start", "end") + "\n" + string.Concat(
        Enumerable.Range(0, 20).Select(row => string.Join(
            separator,
            $"recordings/{row}.wav",
            row % 2 == 0 ? "yes" : "\"n\"\"o\"\"\"",
            $"s{row % 5}",
            row % 7 == 0 ? "test" : "train",
            $"{row * 0.25}",
            $"{(row * 0.25) + 1}") + "\n")));

    /// <summary>Weights.</summary>
    public static byte[] Weights() => Safetensors.Write(
        [new("stem.weight", new TensorShape(8, 1, 3, 3), new float[72]), new("stem.bias", new TensorShape(8), new float[8])],
        new Dictionary<string, string> { ["epoch"] = "3" });

    private static async Task<string> BuildAsync(DirectoryBlobStore blobs, FeatureSetDefinition definition)
    {
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(definition, "", null, null, default);
        await blobs.PutAsync(plan.BlobKey, plan.ToBytes(), default);
        List<ShardResult> shards = [];
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            shards.Add(await ShardBuilder.BuildAsync(blobs, plan, shard, default));
        }

        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, shards).ToBytes(), default);
        return FeatureSetManifest.BlobKey(plan.Id);
    }

    private static void WriteRecordings(string folder)
    {
        float[] sound = [.. SoundFiles.Pcm.Take((int)(ClipSeconds * 16_000)).Select(static s => s / 32768f)];
        foreach (string word in (string[])["yes", "no", "_background_noise_"])
        {
            Directory.CreateDirectory(Path.Combine(folder, word));
            for (int speaker = 0; speaker < 24; speaker++)
            {
                string name = $"{(uint)StableRandom.Derive(1, "speaker", speaker):x8}_nohash_0.wav";
                File.WriteAllBytes(Path.Combine(folder, word, name), WavWriter.ToBytes(sound, 16_000));
            }
        }
    }
}
