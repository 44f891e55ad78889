using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>One bad trial among good ones: it fails with words that say what to change, and the sweep goes on and ends with the others.</summary>
public sealed class FailureTests
{
    [Fact]
    public void A_trial_that_diverges_fails_alone()
    {
        using Workspace workspace = new();
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05, 100, 0.1]");
        JsonElement[] trials = Trials(workspace.Line.Run("submit", "sweep.yaml", "--json"), failed: 1);
        string failure = trials[1].GetProperty("failure").GetString()!;
        Assert.Contains("training diverged. Set train.learningRate below 100, train.warmupEpochs above 1, or train.clipNorm, for example 5 (it is 0: any).", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_that_asks_for_more_memory_than_there_is_fails_alone()
    {
        TestTools.Need("prlimit");
        using Workspace workspace = new();
        workspace.Replace("pipeline.yaml", "local: 2", "local: 1");
        workspace.Replace("sweep.yaml", "train.learningRate: { choice: [0.02, 0.05, 0.1] }", "model.tau: { choice: [1, 16, 1.5] }");
        workspace.Replace("sweep.yaml", "epochs: 3, batchSize: 16", "epochs: 2, batchSize: 90");

        // What a process may write to: the wide model's activations pass it several times over, the narrow ones' are far below.
        CommandLine limited = new(workspace.Folder, ["prlimit", "--data=2500000000"]);
        JsonElement[] trials = Trials(limited.Run("submit", "sweep.yaml", "--json"), failed: 1);
        string failure = trials[1].GetProperty("failure").GetString()!;
        Assert.StartsWith("Memory ran out. Model 'bc-resnet' keeps about ", failure, StringComparison.Ordinal);
        Assert.Contains("Set train.batchSize below 90, take a smaller model (model.*), or run fewer trials at a time (workers.local in pipeline.yaml).", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fold_that_has_a_class_in_its_test_alone_is_left_out()
    {
        using Workspace workspace = new();

        // One clip of the class: in one fold it is tested, in another validated, and neither of them has it to train on.
        string rare = workspace.PathOf("tones/rare");
        Directory.CreateDirectory(rare);
        File.Copy(Directory.EnumerateFiles(workspace.PathOf("tones/low")).Order(StringComparer.Ordinal).First(), Path.Combine(rare, "0fffffff_nohash_0.wav"));
        workspace.Replace("sweep.yaml", "register: { model: tones, alias: challenger }", "folds: { count: 4, by: clip }\nobjective: { maximize: test/uar }");
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        JsonElement[] trials = Trials(workspace.Line.Run("submit", "sweep.yaml", "--json"), failed: 2);
        JsonElement[] failed = [.. trials.Where(static t => t.GetProperty("state").GetString() == "failed")];
        Assert.All(failed, t => Assert.Equal(
            $"The training part of fold {t.GetProperty("fold").GetInt32()} of 4 has no clip of class 'rare'. "
            + "Expected at least one of each class: add recordings, set folds.count above 4, or leave the class out.",
            t.GetProperty("failure").GetString()));
        Outcome log = workspace.Line.Run("logs", $"tones/{trials.First(static t => t.GetProperty("state").GetString() == "succeeded").GetProperty("number").GetInt32()}");
        Assert.Contains("has no clip of class 'rare': its UAR and macro F1 are those of the other classes", log.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_training_clips_is_refused_before_anything_is_built()
    {
        using Workspace workspace = new();
        string rare = workspace.PathOf("tones/rare");
        Directory.CreateDirectory(rare);

        // The file's name decides its split: 0c40e715 is tested.
        workspace.Replace("pipeline.yaml", "path: tones", "path: tones, split: official");
        File.Copy(Directory.EnumerateFiles(workspace.PathOf("tones/low")).Order(StringComparer.Ordinal).First(), Path.Combine(rare, "0c40e715_nohash_0.wav"));
        Outcome outcome = workspace.Line.Run("submit", "sweep.yaml");
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains("The training split has no clip of 'rare'. Expected at least one of each class: add recordings, move some there", outcome.Error, StringComparison.Ordinal);
    }

    private static JsonElement[] Trials(Outcome outcome, int failed)
    {
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonElement[] trials = [.. outcome.Json.GetProperty("trials").EnumerateArray()];
        Assert.True(trials.Count(static t => t.GetProperty("state").GetString() == "failed") == failed, outcome.ToString());
        Assert.Equal(trials.Length - failed, trials.Count(static t => t.GetProperty("state").GetString() == "succeeded"));
        return trials;
    }
}
