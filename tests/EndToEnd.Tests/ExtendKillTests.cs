using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.EndToEnd.Tests;

/// <summary>kill -9 of a build while it appends to a set, at random places, then the same command again: the bytes of an undisturbed build, and the older set untouched.</summary>
[Trait("Category", "chaos")]
public sealed class ExtendKillTests
{
    private const int KillsPerRound = 5;

    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void A_killed_append_ends_in_the_bytes_of_an_undisturbed_one_and_leaves_the_older_set_alone()
    {
        ulong seed = ulong.Parse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        using Workspace workspace = Grown();
        Dictionary<string, (DateTime, string)> older = Files(workspace);
        using CommandLine.Running whole = StartAppend(workspace);
        long begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, whole.Wait().ExitCode);
        TimeSpan appending = Stopwatch.GetElapsedTime(begun);
        Dictionary<string, (DateTime, string Hash)> expected = Files(workspace);
        Assert.True(expected.Count >= older.Count + 5, $"{expected.Count - older.Count} new files are too few to be killed between.");
        int midway = 0;
        for (int round = 0; round < Rounds; round++)
        {
            StableRandom random = StableRandom.For(seed, "append", round);
            foreach (string added in expected.Keys.Except(older.Keys))
            {
                File.Delete(Path.Combine(Root(workspace), added));
            }

            for (int kill = 0; kill < KillsPerRound; kill++)
            {
                using CommandLine.Running running = StartAppend(workspace);
                running.WaitFor(appending * random.NextDouble(0, 1.0 / KillsPerRound));
                Linux.KillNine(running.Id);
                running.Wait();
                midway += Files(workspace).Count < expected.Count ? 1 : 0;
            }

            Outcome outcome = workspace.Line.Run("features", "build", "grown");
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            Dictionary<string, (DateTime, string Hash)> found = Files(workspace);
            Assert.Equal(expected.Select(static f => (f.Key, f.Value.Hash)).Order(), found.Select(static f => (f.Key, f.Value.Hash)).Order());
            Assert.All(older, file => Assert.Equal(file.Value, found[file.Key]));
            outcome = workspace.Line.Run("features", "verify", "grown", "--recompute", "20");
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
        }

        // Or the kills were no kills.
        Assert.True(midway >= Rounds, $"{midway} of {Rounds * KillsPerRound} kills came before the append was done.");
    }

    /// <summary>A built set, and the recipe of one that goes on from it with more copies and more recordings.</summary>
    private static Workspace Grown()
    {
        Workspace workspace = new();
        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  base: {Stored(2, "")}\n");
        Outcome built = workspace.Line.Run("features", "build", "base", "--json");
        Assert.True(built.ExitCode == 0, built.ToString());
        workspace.Replace("pipeline.yaml", "featureSets:\n", $"featureSets:\n  grown: {Stored(60, $", extends: '{built.Json.GetProperty("featureSet").GetString()}'")}\n");
        workspace.AddTakes(30);
        return workspace;
    }

    private static string Stored(int copies, string more) =>
        $$"""{ data: tones, frontEnd: log-mel-40-torchaudio, augment: { when: stored, copies: {{copies}}, steps: [ { speed: { minRate: 0.9, maxRate: 1.1 } }, { shift: { maxMs: 100 } } ] }{{more}} }""";

    /// <summary>Starts the build and waits until it has written the newer set's plan, which it does before it makes shards.</summary>
    private static CommandLine.Running StartAppend(Workspace workspace)
    {
        DateTime before = LastPlan(workspace);
        CommandLine.Running running = workspace.Line.Start("features", "build", "grown");
        while (LastPlan(workspace) == before && !running.WaitFor(TimeSpan.FromMilliseconds(2)))
        {
        }

        return running;
    }

    private static DateTime LastPlan(Workspace workspace) => Directory.GetFiles(Root(workspace), "plan.json", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc).Max();

    private static string Root(Workspace workspace) => workspace.PathOf(".pipeline/blobs/features");

    private static Dictionary<string, (DateTime Written, string Hash)> Files(Workspace workspace) => Directory.GetFiles(Root(workspace), "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(Root(workspace), file), static file => (File.GetLastWriteTimeUtc(file), ContentHash.OfFile(file).Hex));
}
