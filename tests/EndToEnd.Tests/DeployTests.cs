using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The second half of the chain: the best version built for two boards, run there emulated, held against gates, promoted and taken back.</summary>
public sealed class DeployTests
{
    private static readonly string[] Programs = ["gcc", "arm-none-eabi-gcc", "qemu-system-arm", "aarch64-linux-gnu-gcc", "qemu-aarch64"];

    [Fact]
    public void A_sweep_goes_all_the_way_to_a_fleet_and_back()
    {
        TestTools.Need(Programs);

        using Workspace workspace = NewWorkspace();
        JsonElement first = Submit(workspace);
        JsonElement[] artifacts = [.. first.GetProperty("artifacts").EnumerateArray()];
        Assert.Equal(["cortex-m4", "pi-aarch64"], artifacts.Select(a => a.GetProperty("target").GetString()));
        Assert.All(artifacts, a =>
        {
            Assert.Equal(0, a.GetProperty("mismatches").GetInt32());
            Assert.InRange(a.GetProperty("accuracyInt8").GetDouble(), 0.5, 1);
            Assert.True(a.GetProperty("flashBytes").GetInt64() > 20_000 && a.GetProperty("ramBytes").GetInt64() > 20_000);
            Assert.True(a.GetProperty("instructionsPerInference").GetInt64() > 100_000);
            Assert.True(File.Exists(workspace.PathOf($".pipeline/blobs/{a.GetProperty("path").GetString()}/manifest.json")));
        });
        Assert.Equal([1, 1], Versions(workspace));

        // Another version takes its place, and going back brings the first one back to every board.
        Assert.Equal(2, Submit(workspace, "--set", "train.epochs=7").GetProperty("model").GetProperty("version").GetInt64());
        Assert.Equal([2, 2], Versions(workspace));
        JsonElement back = Ok(workspace.Line.Run("registry", "rollback", "tones@champion", "--json"));
        Assert.Equal((2, 1), (back.GetProperty("from").GetInt64(), back.GetProperty("version").GetInt64()));
        Assert.Equal([1, 1], Versions(workspace));
        JsonElement[] log = [.. Ok(workspace.Line.Run("registry", "history", "tones", "--json")).EnumerateArray().Where(m => m.GetProperty("alias").GetString() == "champion")];
        Assert.Equal(["promoted", "promoted", "rolledBack"], log.Select(m => m.GetProperty("kind").GetString()));
        Assert.All(log, m => Assert.Equal("lab", m.GetProperty("fleet").GetString()));

        // What was rolled back stays rolled back when the same sweep is submitted again.
        Submit(workspace, "--set", "train.epochs=7");
        Assert.Equal([1, 1], Versions(workspace));
    }

    [Fact]
    public void A_gate_that_fails_stops_the_promotion_saying_what_was_measured_and_asked_and_other_gates_go_on()
    {
        TestTools.Need(Programs);

        using Workspace workspace = NewWorkspace("pi-aarch64");
        Outcome refused = workspace.Line.Run("submit", "sweep.yaml", "--json", "--set", "gates.flashBytes={ max: 1000 }");
        Assert.Equal(1, refused.ExitCode);
        Assert.Matches(@"The promotion of 'tones' version 1 to 'champion' is refused: flashBytes on pi-aarch64 is \d+, asked for at most 1000", refused.Error);
        Assert.Single(refused.Json.GetProperty("artifacts").EnumerateArray());
        Assert.Empty(Versions(workspace));

        JsonElement passed = Submit(workspace);
        Assert.Equal(1, passed.GetProperty("model").GetProperty("version").GetInt64());
        Assert.Equal([1], Versions(workspace));

        workspace.Replace("pipeline.yaml", "fleets:", "gates: { tones: { ramBytes: { max: 10 } } }\nfleets:");
        Outcome byHand = workspace.Line.Run("registry", "promote", "tones@challenger", "--to", "production", "--fleet", "lab");
        Assert.Equal(1, byHand.ExitCode);
        Assert.Contains("ramBytes on pi-aarch64", byHand.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_byte_in_an_artifact_or_its_manifest_is_refused_and_building_again_mends_it()
    {
        TestTools.Need(Programs);

        using Workspace workspace = NewWorkspace("pi-aarch64");
        Submit(workspace);
        string[] promote = ["registry", "promote", "tones@1", "--to", "production", "--fleet", "lab"];
        foreach (string file in (string[])["manifest.json", "model.c"])
        {
            Flip(workspace.PathOf($".pipeline/blobs/artifacts/tones/1/pi-aarch64/{file}"));
            Outcome refused = workspace.Line.Run(promote);
            Assert.Equal(1, refused.ExitCode);
            Assert.Matches($"'{file}'.* has the hash [0-9a-f]{{64}}.* [0-9a-f]{{64}}", refused.Error);
            Assert.NotEqual(0, workspace.Line.Run("edge", "verify", "tones@1").ExitCode);
            Ok(workspace.Line.Run("edge", "build", "tones@1", "--target", "pi-aarch64", "--json"));
        }

        Assert.Equal(0, workspace.Line.Run("edge", "verify", "tones@1").ExitCode);
        Assert.Equal(0, workspace.Line.Run(promote).ExitCode);
        string release = Directory.EnumerateFiles(workspace.PathOf(".pipeline/fleets/lab"), "manifest.json", SearchOption.AllDirectories).Single();
        Flip(release);
        Outcome show = workspace.Line.Run("fleet", "show", "lab");
        Assert.Equal(1, show.ExitCode);
        Assert.Contains("signature", show.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_fleets_and_gates_that_are_not_there_are_refused_before_anything_starts()
    {
        using Workspace workspace = NewWorkspace();
        foreach ((string set, string message) in new[]
        {
            ("deploy.targets=[cortex-m5]", "there is no target 'cortex-m5'. Did you mean 'cortex-m4'?"),
            ("deploy.promote.fleet=lap", "there is no fleet 'lap'. Did you mean 'lab'?"),
            ("gates.flashByte={ max: 1 }", "Did you mean 'flashBytes'?"),
            ("gates.flashBytes={ on: test }", "bounds nothing"),
        })
        {
            Outcome refused = workspace.Line.Run("submit", "sweep.yaml", "--set", set);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(workspace.PathOf(".pipeline")));
    }

    private static Workspace NewWorkspace(params string[] targets)
    {
        Workspace workspace = new();
        string list = string.Join(", ", targets.Length > 0 ? targets : ["cortex-m4", "pi-aarch64"]);
        workspace.Replace("sweep.yaml", "[0.02, 0.05, 0.1]", "[0.05]");
        workspace.Replace("sweep.yaml", "epochs: 3", "epochs: 8");
        workspace.Write("sweep.yaml", File.ReadAllText(workspace.PathOf("sweep.yaml")) + $"\ndeploy: {{ targets: [{list}], promote: {{ to: champion, fleet: lab }} }}\n");
        workspace.Write("pipeline.yaml", File.ReadAllText(workspace.PathOf("pipeline.yaml")) + "\nfleets: { lab: { devices: { labels: { site: lab } } } }\n");
        return workspace;
    }

    private static JsonElement Submit(Workspace workspace, params string[] more) => Ok(workspace.Line.Run(["submit", "sweep.yaml", "--json", .. more]));

    private static JsonElement Ok(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Json;
    }

    /// <summary>The versions that the fleet's targets run, checked byte by byte.</summary>
    private static long[] Versions(Workspace workspace) =>
        [.. Ok(workspace.Line.Run("fleet", "show", "lab", "--json")).GetProperty("releases").EnumerateArray().Select(r => r.GetProperty("version").GetInt64())];

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
