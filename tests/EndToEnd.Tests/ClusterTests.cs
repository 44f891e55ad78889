using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts;
using Xunit.Abstractions;

namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// A sweep on several machines, of which some die, ends in the table of one machine. Short inside <c>./test</c>; <c>./test cluster</c> runs the
/// quickstart with its boards.
/// </summary>
[Trait("Category", "cluster")]
public sealed class ClusterTests(ITestOutputHelper output)
{
    /// <summary>What a vanished worker held must be another's, or waiting for one, by then.</summary>
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(10);

    private static bool IsWhole => Environment.GetEnvironmentVariable("PIPELINE_CLUSTER") == "whole";

    [Fact]
    public async Task A_worker_and_an_orchestrator_die_and_the_table_is_that_of_one_machine()
    {
        ulong seed = ulong.Parse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        output.WriteLine($"PIPELINE_CHAOS_SEED={seed}");
        StableRandom random = StableRandom.For(seed, "cluster");
        using Workspace one = NewWorkspace();
        string configuration = string.Join('\n', File.ReadLines(one.PathOf("pipeline.yaml"))
            .Where(static l => !l.StartsWith("state:", StringComparison.Ordinal) && !l.StartsWith("blobs:", StringComparison.Ordinal))
            .Select(l => l.Replace("path: tones", $"path: {one.PathOf("tones")}", StringComparison.Ordinal)));
        await using Cluster cluster = new(configuration);
        string expected = ResultTable.Of(one.Line.Run("submit", "sweep.yaml", "--json"));
        await cluster.StartAsync();
        using CommandLine.Running submit = cluster.Person.Start(["submit", one.PathOf("sweep.yaml"), .. cluster.Server, "--json"]);

        await UntilAsync(cluster, submit, "SELECT COUNT(*) FROM trials WHERE state = 'running' AND epoch > 0");
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble(0, 3)));
        await KillWorkerAsync(cluster, random.NextInt(cluster.Workers.Count));
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble(0, 5)));
        int orchestrator = random.NextInt(cluster.Orchestrators.Count);
        Linux.KillNine(cluster.Orchestrators[orchestrator].Id);
        output.WriteLine($"orchestrator {orchestrator} killed");

        Outcome end = submit.Wait();
        string table = ResultTable.Of(end);
        Assert.True(expected == table, $"PIPELINE_CHAOS_SEED={seed}:\n{table}\nexpected\n{expected}");
        Assert.Equal(IsWhole ? 2 : 0, end.Json.GetProperty("artifacts").GetArrayLength());

        // The other worker goes home when it is asked to.
        CommandLine.Running alive = cluster.Workers.Single(static w => Linux.IsAlive(w.Id));
        Linux.Terminate(alive.Id);
        Assert.Equal(0, alive.Wait().ExitCode);
    }

    private static Workspace NewWorkspace()
    {
        Workspace workspace = new();
        if (IsWhole)
        {
            workspace.Write("pipeline.yaml", File.ReadAllText(Path.Combine(TestTools.Root, "pipeline.yaml")));
            workspace.Write("sweep.yaml", File.ReadAllText(Path.Combine(TestTools.Root, "sweeps/quickstart.yaml")));
        }
        else
        {
            workspace.Replace("sweep.yaml", "epochs: 3, batchSize: 16", "epochs: 25, batchSize: 8");
        }

        return workspace;
    }

    /// <summary>Kills a worker and waits until what it held is out of its hands.</summary>
    private async Task KillWorkerAsync(Cluster cluster, int number)
    {
        int process = cluster.Workers[number].Id;
        string held = $"SELECT COUNT(*) FROM tasks t JOIN workers w ON t.worker = 'worker-' || w.number WHERE t.state = 'leased' AND w.process_id = {process}";
        long? before = await cluster.QueryAsync(held);
        Linux.KillNine(process);
        long killed = Stopwatch.GetTimestamp();
        while (await cluster.QueryAsync(held) > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(killed) < TimeSpan.FromMinutes(1), "What the killed worker held was never taken back.");
            await Task.Delay(100);
        }

        TimeSpan took = Stopwatch.GetElapsedTime(killed);
        output.WriteLine($"worker {number} killed, which held {before} tasks; taken back after {took.TotalSeconds:F1} s");
        Assert.True(!IsWhole || took < TakeOver, $"What the killed worker held was taken back after {took.TotalSeconds:F1} s; expected less than {TakeOver.TotalSeconds} s.");
    }

    private static async Task UntilAsync(Cluster cluster, CommandLine.Running submit, string query)
    {
        while (await cluster.QueryAsync(query) is not > 0)
        {
            Assert.False(submit.WaitFor(TimeSpan.FromMilliseconds(200)), "The sweep ended before anything could be killed.");
        }
    }
}
