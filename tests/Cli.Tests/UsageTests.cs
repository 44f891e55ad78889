using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Cli.Tests;

/// <summary>Exit codes, messages and JSON documents of verbs that need no trained model.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly Program _program = new();

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("modls", "Did you mean 'models'?")]
    [InlineData("models shw", "Did you mean 'show'?")]
    [InlineData("models show", "Try `pipeline models show --help`.")]
    [InlineData("models show bc-resne", "Did you mean 'bc-resnet'?")]
    [InlineData("models show bc-resnet --param tua=1", "Did you mean 'tau'?")]
    [InlineData("models show bc-resnet --param tau", "Expected NAME=VALUE")]
    [InlineData("models show bc-resnet --param classes=0", "Expected a whole number from 2")]
    [InlineData("models show bc-resnet --frames many", "many")]
    [InlineData("status", "There is no state yet")]
    [InlineData("runs list", "There is no state yet")]
    [InlineData("predict kws FILE.wav", "Expected NAME@ALIAS")]
    [InlineData("predict kws@champion FILE.wav", "There is no state yet")]
    [InlineData("edge report kws", "Expected NAME@ALIAS")]
    [InlineData("registry rollback kws", "Expected NAME@ALIAS")]
    [InlineData("submit none.yaml", "There is no file 'none.yaml'")]
    [InlineData("train bc-resnet", "--features")]
    [InlineData("train bc-resnet --features none", "there is no feature set 'none'")]
    [InlineData("train bc-resnet --features none --register a@b@c", "expected NAME or NAME@ALIAS")]
    [InlineData("data fetch speech_comands_v0.02", "Did you mean 'speech_commands_v0.02'?")]
    [InlineData("data fetch speech_commands_test_v0.01", "--sha256 HEX")]
    [InlineData("jobs list --state faild", "expected one of enqueued, running, succeeded, failed, cancelled")]
    [InlineData("jobs show trial:none/0", "There is no state yet")]
    [InlineData("features build none", "there is no feature set 'none'")]
    [InlineData("worker --server ftp://example.org", "expected https://HOST:PORT, or http://127.0.0.1:PORT")]
    [InlineData("worker --server http://10.0.0.5:7443", "expected https://HOST:PORT, or http://127.0.0.1:PORT")]
    [InlineData("up --listen 10.0.0.5:7443", "needs --certificate FILE and --key FILE")]
    [InlineData("up --listen somewhere", "expected an address of this machine and a port")]
    [InlineData("tokens create ci --role operatr", "Did you mean 'operator'?")]
    [InlineData("submit sweep.yaml --detach", "--detach needs --server")]
    [InlineData("models list --config none.yaml --param", "--param")]
    public void What_cannot_be_done_is_said_on_standard_error_with_exit_code_2(string arguments, string words)
    {
        Outcome outcome = _program.Run(arguments.Split(' '));
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
    }

    [Theory]
    [InlineData("1", 9_232)]
    [InlineData("1.5", 17_154)]
    [InlineData("2", 27_284)]
    [InlineData("3", 54_168)]
    [InlineData("6", 187_812)]
    [InlineData("8", 321_068)]
    public void Models_show_counts_the_parameters_of_BC_ResNet(string tau, int parameters)
    {
        JsonElement model = _program.Run("models", "show", "bc-resnet", "--param", "tau=" + tau, "--param", "classes=12", "--json").Json();
        Assert.Equal(parameters, model.GetProperty("parameters").GetInt32());
        Assert.Equal(parameters, model.GetProperty("trainable").GetInt32());
        JsonElement layers = model.GetProperty("layers");
        Assert.Equal(parameters, layers.EnumerateArray().Sum(l => l.GetProperty("parameters").GetInt32()));
        Assert.Equal(model.GetProperty("macs").GetInt64(), layers.EnumerateArray().Sum(l => l.GetProperty("macs").GetInt64()));
        Assert.True(model.GetProperty("peakActivationBytes").GetInt32() > 0);
    }

    [Fact]
    public void Models_list_counts_each_model_on_the_features_that_its_source_takes()
    {
        JsonElement[] models = [.. _program.Run("models", "list", "--json").Json().EnumerateArray()];
        Assert.All(models, m => Assert.True(m.GetProperty("costs").GetProperty("macs").GetInt64() > 0));
        JsonElement dsCnn = models.Single(m => m.GetProperty("name").GetString() == "ds-cnn").GetProperty("costs");
        Assert.Equal(
            [10, 49, 24_908, 23_756, 22_604, 2_656_768, 16_000],
            new[] { "bands", "frames", "parameters", "trainable", "folded", "macs", "peakActivationBytes" }.Select(n => dsCnn.GetProperty(n).GetInt32()));
        Assert.Matches(@"ds-cnn +10 x 49 +24,908 +23,756 +22,604 +2,656,768 +16,000", _program.Run("models", "list").Output);
    }

    [Fact]
    public void Every_mistake_in_the_YAML_is_named_with_its_file_and_line()
    {
        _program.Write("pipeline.yaml", "data:\n  a: { synth: { clipsPerWord: 0 } }\nfeatureSet:\n  b: {}\n");
        Outcome outcome = _program.Run("config", "check");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("pipeline.yaml:2:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("pipeline.yaml:3:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("featureSets", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_whose_variable_is_not_set_is_refused_naming_the_variable_only_when_it_is_used()
    {
        _program.Write(
            "pipeline.yaml",
            """
            data:
              real: { speechCommands: { path: "${NOT_SET_ANYWHERE}/speech" } }
            featureSets:
              real: { data: real, frontEnd: log-mel-40-torchaudio }
            """);
        Assert.Equal(0, _program.Run("config", "check").ExitCode);
        Outcome outcome = _program.Run("features", "build", "real");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("NOT_SET_ANYWHERE", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_made_elsewhere_are_imported_and_the_lines_that_are_printed_name_the_set()
    {
        WriteArray("made elsewhere", rows: 6, frames: 98, bands: 40);
        string[] import = ["features", "import", "made elsewhere", "--front-end", "log-mel-40-4khz", "--name", "mine", "--classes", "2", "--gain", "0.5", "--offset", "-1", "--licence", "mine, and nobody's else"];
        Outcome imported = _program.Run([.. import, "--json"]);
        Assert.True(imported.ExitCode == 0, imported.Error);
        JsonElement report = imported.Json();
        Assert.Equal(6, report.GetProperty("built").GetProperty("clips").GetInt32());
        _program.Write("pipeline.yaml", report.GetProperty("pipelineYaml").GetString()!);
        Outcome shown = _program.Run("features", "show", "mine", "--json");
        Assert.True(shown.ExitCode == 0, shown.Error);
        Assert.Equal(report.GetProperty("built").GetProperty("featureSet").GetString(), shown.Json().GetProperty("featureSet").GetString());
        Assert.Contains("mine, and nobody's else", shown.Json().GetProperty("licences")[0].GetProperty("terms").GetString(), StringComparison.Ordinal);
        Assert.Contains("pipeline.yaml names it so", _program.Run(import).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--offset is given without --gain", "--offset", "1")]
    [InlineData("--gain: found 'much'. Expected a number", "--gain", "much")]
    [InlineData("'data.imported.importedFeatures.classes'", "--classes", "1")]
    [InlineData("found 2 labels", "--classes", "3")]
    [InlineData("log-mel", "--front-end", "log-mel-40-4kh")]
    [InlineData("a name of lower-case letters", "--name", "A b")]
    public void What_cannot_be_imported_is_said(string expected, string option, string value)
    {
        WriteArray("a", rows: 6, frames: 98, bands: 40);
        string[] frontEnd = option == "--front-end" ? [] : ["--front-end", "log-mel-40-4khz"];
        Outcome outcome = _program.Run(["features", "import", "a", .. frontEnd, option, value]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    private void WriteArray(string folder, int rows, int frames, int bands)
    {
        Directory.CreateDirectory(Path.Combine(_program.Folder, folder));
        string header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {frames}, {bands}), }}".PadRight(117) + "\n";
        byte[] array = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. Enumerable.Range(0, rows * frames * bands).Select(static i => (byte)(i * 7))];
        File.WriteAllBytes(Path.Combine(_program.Folder, folder, "features.npy"), array);
        string[] splits = ["training", "validation", "testing"];
        IEnumerable<string> lines = Enumerable.Range(0, rows).Select(i => $"{i}\t{(i % 2 == 0 ? "yes" : "no")}\tword\tspeaker{i}\t{splits[i / 2 % 3]}\tclip{i}");
        _program.Write(Path.Combine(folder, "index.tsv"), string.Join('\n', lines.Prepend("row\tlabel\tword\tspeaker\tsplit\tname")) + "\n");
    }

    [Fact]
    public void Debug_shows_where_an_error_came_from() =>
        Assert.Contains("   at ", _program.Run("models", "show", "none", "--debug").Error, StringComparison.Ordinal);

    [Fact]
    public void Doctor_names_what_it_looked_at()
    {
        Outcome outcome = _program.Run("doctor", "--json");
        string[] names = [.. outcome.Json().EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];
        Assert.Contains("libtorch", names);
        Assert.Contains("disk", names);
    }

    [Fact]
    public async Task Registry_serve_answers_MLflows_calls_until_it_is_interrupted()
    {
        string state = Path.Combine(_program.Folder, ".pipeline", "pipeline.db");
        await (await Storage.State.StateDatabase.OpenAsync(state)).DisposeAsync();
        using Process server = _program.Start("registry", "serve", "--port", "0");
        string url = Regex.Match((await server.StandardOutput.ReadLineAsync())!, "http://127[0-9.:]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;
        using HttpClient http = new() { BaseAddress = new Uri(url) };
        Assert.Equal("OK", await http.GetStringAsync(new Uri("/health", UriKind.Relative)));
        Assert.Contains("Default", await http.GetStringAsync(new Uri("/api/2.0/mlflow/experiments/get?experiment_id=0", UriKind.Relative)), StringComparison.Ordinal);
        using HttpRequestMessage rebound = new(HttpMethod.Get, "/health") { Headers = { Host = "evil.example" } };
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await http.SendAsync(rebound)).StatusCode);
        Linux.Interrupt(server.Id);
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(130, server.ExitCode);
    }

    [Fact]
    public void The_version_is_a_number() => Assert.Matches(@"^\d+\.\d+\.\d+", _program.Run("--version").Output);
}
