using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

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
        workspace.AddTakes(3 * Workspace.ClipsPerClass);
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

    [Fact]
    public void Folds_streams_and_queries_take_the_rows_of_both_sets()
    {
        using Workspace workspace = new();
        const string Chain = "frontEnd: log-mel-40-torchaudio, augment: { when: training, steps: [ { shift: { maxMs: 50 } } ] }";
        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  base: {{ data: tones, {Chain} }}\n");
        string id = workspace.Line.Run("features", "build", "base", "--json").Json.GetProperty("featureSet").GetString()!;
        workspace.AddTakes(60);
        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  grown: {{ data: tones, {Chain}, extends: '{id}' }}\n");
        workspace.Replace("sweep.yaml", "featureSet: tones", "featureSet: grown");
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        string whole = File.ReadAllText(workspace.PathOf("sweep.yaml"));
        workspace.Replace("sweep.yaml", "register: { model: tones, alias: challenger }", "folds: { count: 3, by: speaker }\nobjective: { maximize: test/uar }");
        Outcome folds = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.True(folds.ExitCode == 0, folds.ToString());
        int clips = (3 * Workspace.ClipsPerClass) + 60;
        string sweep = folds.Json.GetProperty("sweep").GetString()!;
        IEnumerable<string> logs = Enumerable.Range(0, 3).Select(i => workspace.Line.Run("logs", $"{sweep}/{i}").Output);
        Assert.Equal(clips, logs.Sum(static log => int.Parse(Regex.Match(log, "(?<rows>\\d+) test rows", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["rows"].Value, CultureInfo.InvariantCulture)));

        workspace.Write("sweep.yaml", whole);
        Outcome submitted = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        Outcome stream = workspace.Line.Run("runs", "stream", $"{submitted.Json.GetProperty("sweep").GetString()}/0", "--minutes", "1", "--json");
        Assert.True(stream.ExitCode == 0, stream.ToString());

        Outcome query = workspace.Line.Run("features", "sql", "grown", "select count(*), count(distinct clip) from features", "--json");
        TestTools.SkipIf(query.Error.Contains("is not installed", StringComparison.Ordinal) ? "queries need DuckDB's library" : null);
        Assert.Equal([$"{clips}", $"{clips}"], query.Json.GetProperty("rows")[0].EnumerateArray().Select(static c => c.GetString()));
    }

    [Fact]
    public void Copies_that_another_set_adds_make_no_clips_and_are_not_dealt_out_to_folds()
    {
        using Workspace workspace = new();
        static string Stored(int copies, string more) => $"{{ data: tones, frontEnd: log-mel-40-torchaudio, augment: {{ when: stored, copies: {copies}, steps: [ {{ shift: {{ maxMs: 50 }} }} ] }}{more} }}";
        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  base: {Stored(1, "")}\n  grown: {Stored(3, ", extends: base")}\n");
        Outcome built = workspace.Line.Run("features", "build", "grown", "--json");
        Assert.Equal(3 * Workspace.ClipsPerClass, built.Json.GetProperty("clips").GetInt32());
        workspace.Replace("sweep.yaml", "featureSet: tones", "featureSet: grown");
        workspace.Replace("sweep.yaml", "register: { model: tones, alias: challenger }", "folds: { count: 3, by: clip }");
        Outcome refused = workspace.Line.Run("submit", "sweep.yaml");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("feature set 'grown' stores 3 copies of each, which folds would test on", refused.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, (DateTime Written, long Bytes)> Shards(Workspace workspace) =>
        Directory.EnumerateFiles(workspace.PathOf(".pipeline/blobs"), "*.parquet", SearchOption.AllDirectories).ToDictionary(static f => f, static f => (File.GetLastWriteTimeUtc(f), new FileInfo(f).Length));
}
