using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.EndToEnd.Tests;

/// <summary>kill -9 of any process at any moment, then the same command again, must end in the table of an undisturbed run.</summary>
[Trait("Category", "chaos")]
public sealed class KillTests
{
    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_ROUNDS") ?? "3", CultureInfo.InvariantCulture);

    [Fact]
    public void A_killed_submit_or_worker_changes_nothing_in_the_result_table()
    {
        ulong seed = ulong.Parse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        using var undisturbed = new Workspace();
        string expected = ResultTable.Of(undisturbed.Line.Run("submit", "sweep.yaml", "--json"));
        for (int round = 0; round < Rounds; round++)
        {
            StableRandom random = StableRandom.For(seed, "chaos", round);
            using var workspace = new Workspace();
            int kills = 0;
            while (kills < 4 && !RunAndKill(workspace, random))
            {
                kills++;
            }

            string table = ResultTable.Of(workspace.Line.Run("submit", "sweep.yaml", "--json"));
            Assert.True(expected == table, $"Round {round} of seed {seed}, after {kills} kills:\n{table}\nexpected\n{expected}");
        }
    }

    [Fact]
    public void Workers_do_not_outlive_a_killed_submit()
    {
        using var workspace = new Workspace();
        using CommandLine.Running running = workspace.Line.Start("submit", "sweep.yaml");
        IReadOnlyList<int> workers = WaitForWorkers(running);
        Linux.KillNine(running.Id);
        Assert.All(workers, worker => Assert.True(
            SpinWait.SpinUntil(() => !Linux.IsAlive(worker), TimeSpan.FromSeconds(10)), $"Worker {worker} still lives."));
    }

    /// <summary>Starts the sweep, waits a random while and kills submit or one worker. True where the sweep ended by itself.</summary>
    private static bool RunAndKill(Workspace workspace, StableRandom random)
    {
        using CommandLine.Running running = workspace.Line.Start("submit", "sweep.yaml");
        if (running.WaitFor(TimeSpan.FromSeconds(random.NextDouble(0.2, 6))))
        {
            return true;
        }

        IReadOnlyList<int> workers = Linux.ChildrenOf(running.Id);
        if (workers.Count > 0 && random.NextInt(2) == 0)
        {
            Linux.KillNine(workers[random.NextInt(workers.Count)]);
            return running.WaitFor(TimeSpan.FromSeconds(random.NextDouble(0.2, 3))) || KillSubmit(running);
        }

        return KillSubmit(running);
    }

    private static bool KillSubmit(CommandLine.Running running)
    {
        Linux.KillNine(running.Id);
        running.Wait();
        return false;
    }

    private static IReadOnlyList<int> WaitForWorkers(CommandLine.Running running)
    {
        IReadOnlyList<int> workers = [];
        Assert.True(
            SpinWait.SpinUntil(() => (workers = Linux.ChildrenOf(running.Id)).Count >= 2, TimeSpan.FromSeconds(30)),
            "submit started no workers within 30 s.");
        return workers;
    }
}
