using System.Globalization;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The memory of a build is that of the shards under way, however many there are to build.</summary>
public sealed class MemoryTests
{
    // A short build ends before the collector's heap has its full size, some 110 MB; 540 MB more of payload must not show beyond that.
    private const double Slack = 80e6;

    [Fact]
    public void A_set_of_eight_times_the_size_takes_no_more_anonymous_memory()
    {
        using var workspace = new Workspace();
        workspace.Write("pipeline.yaml", $"""
            data:
              tones: {"{"} folder: {"{"} path: tones {"}"} {"}"}
            featureSets:
              once: {Stored(copies: 40)}
              eightfold: {Stored(copies: 320)}
            """);
        (double once, long onceBytes) = Build(workspace, "once");
        (double eightfold, long eightfoldBytes) = Build(workspace, "eightfold");
        Assert.InRange((double)eightfoldBytes / onceBytes, 7.5, 8.5);
        Assert.True(eightfoldBytes > 500_000_000, $"{eightfoldBytes} bytes are too few to tell.");
        Assert.True(once < onceBytes && eightfold < once + Slack, $"At most {once / 1e6:f0} MB for {onceBytes / 1e6:f0} MB, and {eightfold / 1e6:f0} MB for {eightfoldBytes / 1e6:f0} MB.");
    }

    private static string Stored(int copies) =>
        $"{"{"} data: tones, frontEnd: mel-128-delta-24-librosa-16k, type: float32, augment: {"{"} when: stored, copies: {copies}, steps: [ {"{"} shift: {"{"} maxMs: 500, gap: wrap {"}"} {"}"} ] {"}"} {"}"}";

    private static (double Peak, long Bytes) Build(Workspace workspace, string set)
    {
        using CommandLine.Running running = workspace.Line.Start("features", "build", set, "--json");
        double peak = 0;
        while (!running.WaitFor(TimeSpan.FromMilliseconds(20)))
        {
            peak = Math.Max(peak, Anonymous(running.Id) + Linux.ChildrenOf(running.Id).Sum(Anonymous));
        }

        Outcome outcome = running.Wait();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return (peak, outcome.Json.GetProperty("bytes").GetInt64());
    }

    // Bytes of a process' memory that are no file's; 0 once it has ended.
    private static double Anonymous(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").First(static l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
            return 1024 * double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0;
        }
    }
}
