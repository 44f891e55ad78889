using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>A feature set that goes on from another, from recordings to a trained model, by the command line.</summary>
public sealed class ExtendTests
{
    [Fact]
    public void A_sweep_on_a_set_that_grew_builds_only_what_is_new_and_keeps_it_while_it_is_named()
    {
        using Workspace workspace = new();
        Outcome built = workspace.Line.Run("features", "build", "tones", "--json");
        Assert.True(built.ExitCode == 0, built.ToString());
        string id = built.Json.GetProperty("featureSet").GetString()!;
        Dictionary<string, (DateTime, long)> before = Shards(workspace);

        // The folder grew; the built set stays what it was, by its id.
        foreach (string file in Directory.EnumerateFiles(workspace.PathOf("tones"), "*_nohash_0.wav", SearchOption.AllDirectories).ToArray())
        {
            byte[] sound = File.ReadAllBytes(file);
            sound[^1] ^= 1;
            File.WriteAllBytes(file.Replace("_nohash_0", "_nohash_1", StringComparison.Ordinal), sound);
        }

        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  grown: {{ data: tones, frontEnd: log-mel-40-torchaudio, extends: '{id}' }}\n");
        workspace.Replace("sweep.yaml", "featureSet: tones", "featureSet: grown");
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        Outcome submitted = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        Assert.All(before, shard => Assert.Equal(shard.Value, Shards(workspace)[shard.Key]));
        JsonElement shown = workspace.Line.Run("features", "show", "grown", "--json").Json;
        Assert.Equal((2 * 3 * Workspace.ClipsPerClass, id), (shown.GetProperty("rows").GetInt32(), shown.GetProperty("extends")[0].GetString()));
        Assert.True(Shards(workspace).Count > before.Count);

        Outcome verified = workspace.Line.Run("features", "verify", "grown", "--recompute", "100");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Outcome exported = workspace.Line.Run("features", "export", "grown", "--to", "export", "--json");
        Assert.Equal(2 * 3 * Workspace.ClipsPerClass, exported.Json.GetProperty("rows").GetInt32());

        // The older set is no set any more, but the newer one names its shards, and the recipe its plan.
        File.Delete(workspace.PathOf($".pipeline/blobs/features/{id}/manifest.json"));
        Assert.Empty(workspace.Line.Run("features", "gc", "--yes", "--json").Json.GetProperty("blobs").EnumerateArray());
        verified = workspace.Line.Run("features", "verify", "grown", "--recompute", "100");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        File.Delete(workspace.PathOf($".pipeline/blobs/features/{shown.GetProperty("featureSet").GetString()}/manifest.json"));
        Assert.Equal(Shards(workspace).Count + 2, workspace.Line.Run("features", "gc", "--json").Json.GetProperty("blobs").GetArrayLength());
    }

    private static Dictionary<string, (DateTime Written, long Bytes)> Shards(Workspace workspace) =>
        Directory.EnumerateFiles(workspace.PathOf(".pipeline/blobs"), "*.parquet", SearchOption.AllDirectories).ToDictionary(static f => f, static f => (File.GetLastWriteTimeUtc(f), new FileInfo(f).Length));
}
