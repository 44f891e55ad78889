using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The main job from recordings to a registered model, by the command line.</summary>
public sealed class SubmitTests
{
    [Fact]
    public void A_sweep_runs_from_recordings_to_a_registered_model_that_predicts()
    {
        using var workspace = new Workspace();
        workspace.Replace("sweep.yaml", "epochs: 3, batchSize: 16", "epochs: 12, batchSize: 8");
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05, 0.1]");
        Outcome submitted = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        JsonElement trials = submitted.Json.GetProperty("trials");
        Assert.Equal(2, trials.GetArrayLength());
        Assert.All(trials.EnumerateArray(), trial => Assert.Equal("succeeded", trial.GetProperty("state").GetString()));
        double best = trials.EnumerateArray().Max(trial => trial.GetProperty("objective").GetDouble());
        Assert.True(best > 0.8, $"Three tones an octave and more apart must be told apart; best validation accuracy {best}.");

        string clip = Directory.EnumerateFiles(workspace.PathOf("tones/low")).Order(StringComparer.Ordinal).First();
        Outcome heard = workspace.Line.Run("predict", "tones@challenger", clip);
        Assert.True(heard.ExitCode == 0, heard.ToString());
        Assert.Contains("low", heard.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_over_folds_tests_every_clip_once_and_pools_what_was_heard()
    {
        using Workspace workspace = new();
        workspace.Replace("sweep.yaml", "register: { model: tones, alias: challenger }", "folds: { count: 3, by: clip }\nobjective: { maximize: test/uar }");
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        Outcome outcome = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonElement[] trials = [.. outcome.Json.GetProperty("trials").EnumerateArray()];
        Assert.Equal([0, 1, 2], trials.Select(static t => t.GetProperty("fold").GetInt32()));
        JsonElement pooled = outcome.Json.GetProperty("configurations")[0].GetProperty("pooled");

        // The folds are of one size, so accuracy pools to its mean.
        Assert.Equal(trials.Average(static t => t.GetProperty("metrics").GetProperty("test/accuracy").GetDouble()), pooled.GetProperty("accuracy").GetDouble(), 9);
    }

    [Fact]
    public void The_same_sweep_twice_is_one_sweep_and_elsewhere_the_same_table()
    {
        using var here = new Workspace();
        using var there = new Workspace();
        string first = ResultTable.Of(here.Line.Run("submit", "sweep.yaml", "--json"));
        Assert.Equal(first, ResultTable.Of(here.Line.Run("submit", "sweep.yaml", "--json")));
        there.Replace("pipeline.yaml", "local: 2", "local: 1");
        Assert.Equal(first, ResultTable.Of(there.Line.Run("submit", "sweep.yaml", "--json")));
    }

    [Fact]
    public void An_interrupted_submit_exits_130_and_goes_on_when_run_again()
    {
        using var workspace = new Workspace();
        using (CommandLine.Running running = workspace.Line.Start("submit", "sweep.yaml"))
        {
            Assert.False(running.WaitFor(TimeSpan.FromSeconds(3)), "The sweep ended before it could be interrupted.");
            Linux.Interrupt(running.Id);
            Outcome interrupted = running.Wait();
            Assert.True(interrupted.ExitCode == 130, interrupted.ToString());
        }

        Outcome resumed = workspace.Line.Run("submit", "sweep.yaml", "--json");
        Assert.Equal(3, resumed.Json.GetProperty("trials").GetArrayLength());
        Assert.Equal(0, resumed.ExitCode);
    }
}
