using Pipeline.Contracts;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Steering;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tests;

/// <summary>What is submitted by the clock, on both state databases.</summary>
public sealed class RecurringTests
{
    private static readonly RecurringSpec Hourly = new("hourly", Schedule.Parse("0 0 * * * ?", "UTC"), "sweep.yaml");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_tick_is_one_task_however_many_orchestrators_see_it(bool postgres)
    {
        using TemporaryFolder folder = new();
        await using StateDatabase state = await OpenAsync(folder, postgres);
        ManualTime time = new();
        RecurringClock[] clocks = [.. Enumerable.Range(0, 4).Select(_ => new RecurringClock(state, [Hourly], time))];
        await Task.WhenAll(clocks.Select(static c => c.StartAsync(default)));
        await FireAsync(clocks);
        Assert.Empty(await TicksAsync(state));

        for (int hour = 0; hour < 5; hour++)
        {
            time.Advance(TimeSpan.FromMinutes(30));
            await FireAsync(clocks);
            time.Advance(TimeSpan.FromMinutes(30));
            await FireAsync(clocks);
        }

        Assert.Equal([1, 2, 3, 4, 5], (await TicksAsync(state)).Select(static t => t.Hour));

        // Nobody was there for two days: the training that was missed is wanted once.
        time.Advance(TimeSpan.FromDays(2.02));
        await FireAsync(clocks);
        Assert.Equal([3], (await TicksAsync(state)).Skip(5).Select(static t => t.Day));
    }

    [Fact]
    public async Task Another_schedule_counts_from_when_it_is_first_seen()
    {
        using TemporaryFolder folder = new();
        await using StateDatabase state = await OpenAsync(folder, postgres: false);
        ManualTime time = new();
        await new RecurringClock(state, [Hourly], time).StartAsync(default);
        time.Advance(TimeSpan.FromMinutes(90));
        RecurringClock changed = new(state, [Hourly with { Schedule = Schedule.Parse("0 15 * * * ?", "UTC") }], time);
        await changed.StartAsync(default);
        await changed.FireAsync(default);
        Assert.Empty(await TicksAsync(state));
        time.Advance(TimeSpan.FromMinutes(45));
        await changed.FireAsync(default);
        Assert.Equal(15, Assert.Single(await TicksAsync(state)).Minute);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tick_submits_its_sweep_which_is_run_and_one_whose_file_is_gone_says_so(bool postgres)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "sweep.yaml"), "name: any\n");
        const string yaml = """
            recurring:
              each-second: { cron: "* * * * * ?", submit: sweep.yaml }
              never: { cron: "0 0 0 1 1 ?", submit: gone.yaml }
            """;
        await using HostFixture fixture = new(postgres ? await PostgresServer.NewSharedDatabaseAsync() : null);
        Configuration.Deployment deployment = Configuration.Deployment.From(Configuration.ConfigFile.Parse(Path.Combine(folder.Path, "pipeline.yaml"), yaml));
        OrchestratorHost host = await fixture.StartAsync(deployment);
        RecurringQueries recurring = new(host.State, deployment.Recurring, TimeProvider.System);
        TaskId task = await recurring.RunNowAsync("never", default);
        Task worker = fixture.NewWorker(new ArithmeticExecutor(fixture.Blobs)).RunAsync(default);
        RecurringRow[] rows = await UntilAsync(recurring, static r => r[0].LastSweep is not null && r[1].LastState == TaskState.Failed);
        Assert.Contains("gone.yaml", rows[1].Failure, StringComparison.Ordinal);
        Assert.NotNull(rows[1].Next);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(rows[0].LastSweep!.Value, Limit())).State);
        Assert.Single(await host.Queries.ListAsync(default));

        JobSteering jobs = new(host.State, new SweepSteering(host.State, TimeProvider.System), TimeProvider.System);
        await jobs.DeleteAsync(task, default);
        Assert.Null((await recurring.ListAsync(default))[1].Last);
        await Assert.ThrowsAsync<BadInputException>(() => jobs.DeleteAsync(TaskId.For(new TrialId(rows[0].LastSweep!.Value, 0)), default));
        await Assert.ThrowsAsync<BadInputException>(() => recurring.RunNowAsync("nightly", default));
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    private static Task FireAsync(RecurringClock[] clocks) => Task.WhenAll(clocks.Select(static c => Task.Run(() => c.FireAsync(default))));

    private static async Task<IReadOnlyList<DateTimeOffset>> TicksAsync(StateDatabase state) =>
        [.. (await state.ReadAsync(static t => new TaskStore(t).OfOwnerAsync(RecurringClock.OwnerOf("hourly")), default)).Select(static t => ((SubmitTask)t.Payload).Tick)];

    private static async Task<RecurringRow[]> UntilAsync(RecurringQueries recurring, Func<RecurringRow[], bool> done)
    {
        CancellationToken limit = Limit();
        while (true)
        {
            RecurringRow[] rows = [.. await recurring.ListAsync(limit)];
            if (done(rows))
            {
                return rows;
            }

            await Task.Delay(50, limit);
        }
    }

    private static async Task<StateDatabase> OpenAsync(TemporaryFolder folder, bool postgres) => postgres
        ? await StateDatabase.OpenPostgresAsync(await PostgresServer.NewSharedDatabaseAsync(), default)
        : await StateDatabase.OpenAsync(Path.Combine(folder.Path, "pipeline.db"));

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}
