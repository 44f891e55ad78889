using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Orchestrator.Tests;

public sealed class PostgresHostTests : HostTests
{
    [Fact]
    public async Task Two_orchestrators_share_the_work_and_when_one_goes_the_other_finishes()
    {
        string? database = await PostgresAsync();
        await using HostFixture second = new(database);
        HostFixture first = new(database) { Blobs = second.Blobs };
        OrchestratorHost one = await first.StartAsync();
        OrchestratorHost other = await second.StartAsync();

        // Submitted to one, worked on by a worker of the other, which is woken by it.
        TaskCompletionSource training = new();
        ArithmeticExecutor executor = new(second.Blobs)
        {
            Before = (_, epoch, _) =>
            {
                if (epoch == 2)
                {
                    training.TrySetResult();
                }

                return Task.CompletedTask;
            },
        };
        Task worker = second.NewWorker(executor).RunAsync(default);
        SweepId sweep = await one.SubmitAsync(HostFixture.Sweep(trials: 4, epochs: 3), default);
        await training.Task.WaitAsync(Limit());
        await first.DisposeAsync();
        SweepProgress end = await other.WaitAsync(sweep, Limit());
        Assert.Equal((SweepState.Succeeded, 12, 3, 1L), (end.State, end.EpochsDone, end.Best!.Number, end.RegisteredVersion));
        Assert.Single(await other.State.ReadAsync(t => new ModelStore(t).HistoryAsync("kws"), default));
        other.Drain();
        await worker.WaitAsync(Limit());
    }

    protected override async Task<string?> PostgresAsync() => await PostgresServer.NewSharedDatabaseAsync();
}
