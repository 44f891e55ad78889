namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// What the README says works as written: its commands are run in its order, with the repository's own pipeline.yaml and sweeps, in a folder of
/// their own. A newcomer's first ten minutes.
/// </summary>
public sealed class ReadmeTests
{
    private const string Prompt = "./pipeline ";

    /// <summary>Those that run until they are stopped.</summary>
    private static readonly string[] Endless = ["registry serve", "up", "worker", "logs quickstart/0 -f"];

    /// <summary>Those that speak to a machine that is not here; the cluster's suite runs them.</summary>
    private static readonly string[] Elsewhere = ["--server", "--listen"];

    [Fact]
    public void Every_command_of_the_README_works_as_written()
    {
        TestTools.Need("espeak-ng", "arm-none-eabi-gcc", "qemu-system-arm", "aarch64-linux-gnu-gcc", "qemu-aarch64");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(TestTools.Root, "pipeline.yaml"), folder.File("pipeline.yaml"));
        Directory.CreateDirectory(folder.File("sweeps"));
        foreach (string sweep in Directory.EnumerateFiles(Path.Combine(TestTools.Root, "sweeps")))
        {
            File.Copy(sweep, folder.File(Path.Combine("sweeps", Path.GetFileName(sweep))));
        }

        CommandLine line = new(folder.Path);
        string[] commands = [.. Commands().Where(static c => !Elsewhere.Any(c.Contains) && !Lacks(c))];
        Assert.StartsWith("submit sweeps/quickstart.yaml", commands[0], StringComparison.Ordinal);
        foreach (string command in commands)
        {
            Run(line, command.Replace("FILE.wav", AnyRecording(folder.Path), StringComparison.Ordinal));
        }
    }

    private static void Run(CommandLine line, string command)
    {
        string[] arguments = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Endless.Any(e => (command + " ").StartsWith(e + " ", StringComparison.Ordinal)))
        {
            using CommandLine.Running running = line.Start(arguments);
            running.WaitForLine();
            Linux.Interrupt(running.Id);
            Outcome interrupted = running.Wait();
            Assert.True(interrupted.ExitCode is 0 or 130, $"pipeline {command}\n{interrupted}");
            return;
        }

        Outcome outcome = line.Run(arguments);
        Assert.True(outcome.ExitCode == 0, $"pipeline {command}\n{outcome}");
        if (command.StartsWith("submit", StringComparison.Ordinal))
        {
            Assert.Contains("promoted to kws@champion, published to fleet lab", outcome.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>The lines of the README's code blocks that run the program, without what is said of them.</summary>
    private static IEnumerable<string> Commands() => File.ReadLines(Path.Combine(TestTools.Root, "README.md"))
        .Where(static l => l.StartsWith(Prompt, StringComparison.Ordinal))
        .Select(static l => l[Prompt.Length..].Split('#')[0].Trim());

    /// <summary>Whether a command needs the recordings of Speech Commands, and they are not here.</summary>
    private static bool Lacks(string command) =>
        command.Contains("speech-commands-archive", StringComparison.Ordinal) && Environment.GetEnvironmentVariable("PIPELINE_DATA") is not { Length: > 0 };

    private static string AnyRecording(string folder) => Directory.Exists(Path.Combine(folder, ".pipeline/data"))
        ? Directory.EnumerateFiles(Path.Combine(folder, ".pipeline/data"), "*_nohash_*.wav", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First()
        : "FILE.wav";
}
