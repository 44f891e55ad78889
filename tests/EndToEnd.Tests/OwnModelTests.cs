using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The example of docs/guide/own-model.md, word for word: compiled, named in pipeline.yaml, trained.</summary>
public sealed class OwnModelTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(TestTools.Root, "docs/guide/own-model.md"));

    [Fact]
    public void The_guides_model_is_shown_trained_for_an_epoch_and_predicts()
    {
        using Workspace workspace = new();
        Compile(workspace, "OwnModels", Block("csharp"));
        Name(workspace, "own/out/OwnModels.dll");
        JsonElement shown = workspace.Line.Run("models", "show", "tiny-conv", "--param", "channels=24", "--json").Json;

        // 24 and 48 channels of 3 x 3 with normalisations, and a classifier of 12.
        Assert.Equal((24 * 9) + 48 + (24 * 48 * 9) + 96 + (12 * 48) + 12, shown.GetProperty("trainable").GetInt32());
        Assert.Contains("tiny-conv: Two convolutions", workspace.Line.Run("models", "list").Output, StringComparison.Ordinal);

        Outcome trained = workspace.Line.Run("train", "tiny-conv", "--features", "tones", "--epochs", "1", "--register", "own", "--json");
        Assert.True(trained.ExitCode == 0, trained.ToString());
        string clip = Directory.EnumerateFiles(workspace.PathOf("tones/low")).Order(StringComparer.Ordinal).First();
        Assert.Equal(0, workspace.Line.Run("predict", "own@challenger", clip).ExitCode);

        Outcome measured = workspace.Line.Run("models", "measure", "own@challenger", "--inferences", "20", "--json");
        Assert.True(measured.ExitCode == 0, measured.ToString());
        Assert.True(measured.Json.GetProperty("p95Seconds").GetDouble() >= measured.Json.GetProperty("medianSeconds").GetDouble());
        Assert.Equal(
            100 * measured.Json.GetProperty("accuracy").GetDouble() / measured.Json.GetProperty("parameters").GetInt32() * 1e5, measured.Json.GetProperty("benefitCost").GetDouble(), 9);
        JsonElement metrics = workspace.Line.Run("runs", "show", "train-tiny-conv/0", "--json").Json.GetProperty("metrics");
        Assert.Equal(measured.Json.GetProperty("weightBytes").GetDouble(), metrics.GetProperty("inference/weightBytes").GetDouble());
    }

    [Fact]
    public void Bad_assemblies_and_names_that_are_taken_are_refused_by_path()
    {
        using Workspace workspace = new();
        string settings = File.ReadAllText(workspace.PathOf("pipeline.yaml"));
        Refuse(workspace, settings, "nowhere.dll", "there is no such assembly");
        File.WriteAllText(workspace.PathOf("text.dll"), "no assembly");
        Refuse(workspace, settings, "text.dll", "the assembly cannot be loaded");
        Compile(workspace, "Taken", Block("csharp").Replace("\"tiny-conv\",", "\"bc-resnet\",", StringComparison.Ordinal));
        Refuse(workspace, settings, "own/out/Taken.dll", "there is a model 'bc-resnet' already");
        Compile(workspace, "Wide", Block("csharp").Replace("parameters[\"classes\"].AsInteger()", "5", StringComparison.Ordinal));
        Refuse(workspace, settings, "own/out/Wide.dll", "makes 1x5. Expected 1x12", "models", "show", "tiny-conv");
        Compile(workspace, "None", "public static class Nothing;");
        Refuse(workspace, settings, "own/out/None.dll", "the assembly has no model");
    }

    private static void Refuse(Workspace workspace, string settings, string assembly, string message, params string[] verb)
    {
        workspace.Write("pipeline.yaml", settings);
        Name(workspace, assembly);
        Outcome outcome = workspace.Line.Run(verb.Length > 0 ? verb : ["models", "list"]);
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains(Path.GetFileName(assembly), outcome.Error, StringComparison.Ordinal);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    private static void Name(Workspace workspace, string assembly) =>
        workspace.Write("pipeline.yaml", File.ReadAllText(workspace.PathOf("pipeline.yaml")) + $"\nmodels: {{ assemblies: [ {assembly} ] }}\n");

    /// <summary>The first block of a language in the guide.</summary>
    private static string Block(string language) => Regex.Match(Guide, $"```{language}\n(.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Groups[1].Value;

    private static void Compile(Workspace workspace, string name, string source)
    {
        string folder = workspace.PathOf("own");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), Block("xml"));
        File.WriteAllText(Path.Combine(folder, "TinyConv.cs"), source);
        ProcessStartInfo start = new(
            "dotnet",
            ["build", $"{name}.csproj", "-c", "Release", "-o", "out", "-nologo", "-v", "q", "--disable-build-servers", $"-p:PipelineFolder={Path.GetDirectoryName(CommandLine.Program)}"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, UseShellExecute = false,
        };
        using Process build = Process.Start(start)!;
        string output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        Assert.True(build.ExitCode == 0, output);
    }
}
