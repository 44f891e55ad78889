using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Simulation.Tests;

/// <summary>
/// Runs the engine under a seeded storm: workers die, fall silent and come back, answers get lost, clocks jump, the engine itself is killed between
/// any two calls. PIPELINE_SEEDS=FIRST-LAST runs other seeds than the usual ones; a failure names its seed.
/// </summary>
public sealed class EngineSimulation
{
    private const int UsualSeeds = 60;
    private const int PostgresSeeds = 5;
    private const int StormSteps = 150;
    private const int MaxCalmSteps = 5_000;

    [Fact]
    public async Task Whatever_is_killed_the_table_is_that_of_an_undisturbed_run_and_each_result_is_accepted_once()
    {
        string undisturbed = await RunAsync(seed: 0, storm: false);
        Assert.Contains("Succeeded  1 ", undisturbed, StringComparison.Ordinal);
        (int first, int last) = Seeds(UsualSeeds);
        for (int seed = first; seed <= last; seed++)
        {
            Compare(undisturbed, await RunAsync(seed, storm: true), seed);
        }
    }

    [Fact]
    public async Task Two_orchestrators_on_PostgreSQL_of_which_either_is_killed_give_the_table_of_one_on_SQLite()
    {
        string undisturbed = await RunAsync(seed: 0, storm: false);
        (int first, int last) = Seeds(PostgresSeeds);
        for (int seed = first; seed <= last; seed++)
        {
            Compare(undisturbed, await RunAsync(seed, storm: true, await PostgresServer.NewSharedDatabaseAsync()), seed);
        }
    }

    [Theory]
    [InlineData(EarlyStoppingMethod.Asha, false)]
    [InlineData(EarlyStoppingMethod.Median, false)]
    [InlineData(EarlyStoppingMethod.Asha, true)]
    public async Task Which_trials_end_early_and_when_depends_on_nothing_but_what_trials_measure(EarlyStoppingMethod method, bool postgres)
    {
        EarlyStoppingSpec rules = new(method, "val/accuracy", MinEpochs: 2, Eta: 2);
        string undisturbed = await RunAsync(seed: 0, storm: false, earlyStopping: rules);
        string[] expected = [.. Reference(rules)];
        Assert.Equal(expected, undisturbed.Split('\n').Take(expected.Length).Select(static line => string.Join(' ', line.Split(' ') is [var number, var state, _, var epoch, ..] ? [number, state, epoch] : (string[])[])));
        Assert.Contains(expected, static line => line.Contains("Stopped", StringComparison.Ordinal));
        (int first, int last) = Seeds(postgres ? PostgresSeeds : UsualSeeds / 2);
        for (int seed = first; seed <= last; seed++)
        {
            Compare(undisturbed, await RunAsync(seed, storm: true, postgres ? await PostgresServer.NewSharedDatabaseAsync() : null, rules), seed);
        }
    }

    /// <summary>What becomes of the trials, written down from the rule as a person would: one after the other, whole.</summary>
    private static IEnumerable<string> Reference(EarlyStoppingSpec rules)
    {
        PreparedSweep sweep = World.Prepare(rules);
        int[] rungs = rules.Method == EarlyStoppingMethod.Asha ? [2, 4, 8] : [2, 4, 6, 8];
        Dictionary<int, List<double>> seen = rungs.ToDictionary(static r => r, static _ => new List<double>());
        foreach (TrialSpec spec in sweep.Trials.Select(static t => t.Spec))
        {
            int end = spec.Train.Epochs;
            foreach (int rung in rungs)
            {
                double own = SimulatedWorker.Measure(spec, rung)["val/accuracy"];
                double[] before = [.. seen[rung].Order()];
                seen[rung].Add(own);
                bool goesOn = rules.Method == EarlyStoppingMethod.Asha
                    ? before.Count(v => v >= own) < Math.Max(1, (before.Length + 1) / rules.Eta)
                    : before.Length < 5 || own >= (before[(before.Length - 1) / 2] + before[before.Length / 2]) / 2;
                if (!goesOn)
                {
                    end = rung;
                    break;
                }
            }

            yield return $"{spec.Trial.Number} {(end < spec.Train.Epochs ? "Stopped" : "Succeeded")} {end}";
        }
    }

    private static void Compare(string undisturbed, string table, int seed) =>
        Assert.True(undisturbed == table, $"Seed {seed} ended in another table. Run it again with PIPELINE_SEEDS={seed}-{seed}.\n{table}\n\nexpected\n{undisturbed}");

    private static (int First, int Last) Seeds(int usual)
    {
        string[] range = (Environment.GetEnvironmentVariable("PIPELINE_SEEDS") ?? $"1-{usual}").Split('-');
        return (int.Parse(range[0], CultureInfo.InvariantCulture), int.Parse(range[1], CultureInfo.InvariantCulture));
    }

    private static async Task<string> RunAsync(int seed, bool storm, string? postgres = null, EarlyStoppingSpec? earlyStopping = null)
    {
        StableRandom random = StableRandom.For((ulong)seed, "simulation");
        await using World world = new(postgres, earlyStopping);
        await world.StartAsync();
        List<SimulatedWorker> workers = [await NewWorkerAsync(world, random)];
        List<SimulatedWorker> ghosts = [];
        for (int step = 0; storm && step < StormSteps; step++)
        {
            await StormAsync(world, workers, ghosts, random);
        }

        // Calm: the ghosts still talk, but nothing new breaks. The sweep must end by itself.
        SweepState state = SweepState.Preparing;
        for (int step = 0; !Lifecycles.Sweep.IsFinal(state); step++)
        {
            Assert.True(step < MaxCalmSteps, $"Seed {seed}: the sweep did not end; it is {state}.");
            workers = workers.Count > 0 ? workers : [await NewWorkerAsync(world, random)];
            await workers[random.NextInt(workers.Count)].StepAsync(faults: false);
            if (ghosts.Count > 0)
            {
                await ghosts[random.NextInt(ghosts.Count)].StepAsync(faults: false);
            }

            world.Time.Advance(TimeSpan.FromSeconds(1));
            await world.Queue.ExpireAsync(default);
            state = await world.AdvanceAsync();
        }

        Assert.All(world.Ends.Ends, end => Assert.True(end.Value == 1, $"Seed {seed}: {end.Key} ended {end.Value} times."));
        string table = await world.TableAsync();
        int stopped = table.Split("Stopped").Length - 1;
        Assert.Equal(world.Prepared.Trials.Count + world.Prepared.Plan.ShardCount + World.Deploy.Targets.Count - stopped, world.Ends.Ends.Count);
        return table;
    }

    private static async Task StormAsync(World world, List<SimulatedWorker> workers, List<SimulatedWorker> ghosts, StableRandom random)
    {
        SimulatedWorker? some = workers.Count > 0 ? workers[random.NextInt(workers.Count)] : null;
        switch (random.NextInt(30))
        {
            case 0 or 1 when workers.Count < 5:
                workers.Add(await NewWorkerAsync(world, random));
                break;
            case 2 when some is not null:
                // kill -9: its leases have to run out.
                workers.Remove(some);
                break;
            case 3 when some is not null:
                // Cut off for longer than its leases: it comes back and writes with old tokens.
                workers.Remove(some);
                ghosts.Add(some);
                break;
            case 4 when some is not null:
                await some.GoodbyeAsync();
                workers.Remove(some);
                break;
            case 5:
                await world.RestartAsync();
                break;
            case 6:
                world.Time.Advance(TimeSpan.FromSeconds(random.NextInt(40)));
                break;
            case 7 when ghosts.Count > 0:
                await ghosts[random.NextInt(ghosts.Count)].StepAsync(faults: true);
                break;
            case 8 or 9:
                await world.Queue.ExpireAsync(default);
                break;
            case 10 or 11 or 12:
                await world.AdvanceAsync();
                break;
            default:
                world.Time.Advance(TimeSpan.FromSeconds(1));
                await (some?.StepAsync(faults: true) ?? Task.CompletedTask);
                break;
        }
    }

    private static async Task<SimulatedWorker> NewWorkerAsync(World world, StableRandom random) =>
        new(world, await world.RegisterAsync(), new StableRandom(random.NextUInt64()));
}
