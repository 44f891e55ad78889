using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>A registered model teaches the next one.</summary>
public sealed class DistillTests
{
    [Fact]
    public void A_version_names_the_version_that_it_was_distilled_from()
    {
        using Workspace workspace = new();
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        Assert.Equal(0, workspace.Line.Run("submit", "sweep.yaml").ExitCode);
        workspace.Write("student.yaml", File.ReadAllText(workspace.PathOf("sweep.yaml"))
            .Replace("name: tones", "name: student", StringComparison.Ordinal)
            .Replace("model: tones", "model: student", StringComparison.Ordinal)
            .Replace("train: {", "train: { distill: { from: tones@challenger, weight: 0.5, temperature: 3 },", StringComparison.Ordinal));
        Outcome taught = workspace.Line.Run("submit", "student.yaml", "--json");
        Assert.True(taught.ExitCode == 0, taught.ToString());

        JsonElement teacher = workspace.Line.Run("registry", "show", "tones", "--json").Json[0].GetProperty("model");
        JsonElement lineage = workspace.Line.Run("registry", "show", "student", "--json").Json[0].GetProperty("model").GetProperty("distilledFrom");
        Assert.Equal(("tones", 1), (lineage.GetProperty("name").GetString(), lineage.GetProperty("version").GetInt32()));
        Assert.Equal(teacher.GetProperty("run").GetString(), lineage.GetProperty("run").GetString());
        Assert.Equal(teacher.GetProperty("weightsSha256").GetString(), lineage.GetProperty("weightsSha256").GetString());
        Outcome run = workspace.Line.Run("runs", "show", "student/0", "--json");
        Assert.Equal("tones@1", run.Json.GetProperty("parameters").GetProperty("train.distill.from").GetString());
    }

    [Theory]
    [InlineData("tones@champion", "There is no model 'tones@champion'.")]
    [InlineData("tones@challenger", "which tells high, low, middle apart; feature set 'tones' has high, low. Expected a teacher of the same classes in the same order")]
    public void A_teacher_that_is_not_there_or_of_other_classes_is_refused_before_anything_starts(string from, string message)
    {
        using Workspace workspace = new();
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        workspace.Replace("sweep.yaml", "epochs: 3", "epochs: 2");
        Assert.Equal(0, workspace.Line.Run("submit", "sweep.yaml").ExitCode);
        Directory.Delete(workspace.PathOf("tones/middle"), recursive: true);
        workspace.Replace("sweep.yaml", "train: {", $"train: {{ distill: {{ from: {from}, weight: 0.5 }},");
        Outcome refused = workspace.Line.Run("submit", "sweep.yaml");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }
}
