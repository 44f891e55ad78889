using System.Collections.Concurrent;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Workers that claim, die and come back at the same moment, through two orchestrators' queues on one PostgreSQL.</summary>
public sealed class QueueStormTests
{
    private const int Tasks = 80;
    private const int Workers = 6;

    [Fact]
    public async Task Each_claim_has_a_token_of_its_own_each_task_is_accepted_once_and_stale_tokens_change_nothing()
    {
        string database = await PostgresServer.NewSharedDatabaseAsync();
        await using StateDatabase one = await StateDatabase.OpenPostgresAsync(database);
        await using StateDatabase other = await StateDatabase.OpenPostgresAsync(database);
        await one.WriteAsync(
            async t =>
            {
                for (int i = 0; i < Tasks; i++)
                {
                    FeatureSetId set = new("0123456789abcdef");
                    await new TaskStore(t).AddAsync(
                        new TaskRecord { Id = TaskId.ForShard(set, i), Owner = set.Value, Priority = i % 3, Payload = new ShardTask(set, i, "plan") });
                }
            },
            default);
        ConcurrentBag<(TaskId, LeaseToken)> claimed = [];
        ConcurrentBag<TaskId> accepted = [];
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Task.Run(
            () => WorkAsync(i % 2 == 0 ? one : other, i % 2 == 0 ? other : one, new StableRandom((ulong)i), claimed, accepted))));

        Assert.Equal(claimed.Distinct().Count(), claimed.Count);
        Assert.Equal(Tasks, accepted.Count);
        Assert.Equal(Tasks, accepted.Distinct().Count());
        IReadOnlyList<TaskRecord> ended = await one.ReadAsync(t => new TaskStore(t).OfOwnerAsync("0123456789abcdef"), default);
        Assert.All(ended, task => Assert.Equal((TaskState.Succeeded, task.Id), (task.State, TaskId.ForShard(((ShardTask)task.Payload).FeatureSet, ((ShardResult)task.Result!).Shard))));

        // Every token given was claimed by somebody, and no claim was without one.
        Assert.Equal(ended.Sum(static t => t.Token.Value), claimed.Count);
    }

    /// <summary>Works until nothing is left; now and then it is taken for dead by the other orchestrator, and hands in its results all the same.</summary>
    private static async Task WorkAsync(
        StateDatabase near, StateDatabase far, StableRandom random, ConcurrentBag<(TaskId, LeaseToken)> claimed, ConcurrentBag<TaskId> accepted)
    {
        TaskQueue queue = new(near, new Nobody(), TimeProvider.System);
        TaskQueue elsewhere = new(far, new Nobody(), TimeProvider.System);
        WorkerId worker = await RegisterAsync(near);
        while (accepted.Count < Tasks)
        {
            ClaimResponse response = await queue.ClaimAsync(new ClaimRequest(worker, [ShardTask.Kind], 1 + random.NextInt(4), WaitSeconds: 1), default);
            foreach (ClaimedTask task in response.Tasks)
            {
                claimed.Add((task.Task, task.Token));
            }

            bool dead = random.NextInt(8) == 0;
            if (dead)
            {
                await elsewhere.GoodbyeAsync(worker, default);
                worker = await RegisterAsync(far);
            }

            foreach (ClaimedTask task in response.Tasks)
            {
                TaskCompleted completed = new(task.Task, task.Token, new ShardResult(((ShardTask)task.Payload).Shard, "blob", 1, 1, ""));
                TaskAck ack = await queue.CompleteAsync(completed, default);
                Assert.Equal(!dead, ack.Accepted);
                Assert.Equal(ack, await elsewhere.CompleteAsync(completed, default));
                if (ack.Accepted)
                {
                    accepted.Add(task.Task);
                }
            }
        }
    }

    private static Task<WorkerId> RegisterAsync(StateDatabase state) => state.WriteAsync(
        t => new WorkerStore(t).AddAsync(new WorkerHello("host", 1, "cpu", 4, "", []), DateTimeOffset.UnixEpoch), default);

    private sealed class Nobody : ITaskListener
    {
        public Task ClaimedAsync(StateTransaction transaction, TaskRecord task) => Task.CompletedTask;

        public Task<bool> AdvancedAsync(StateTransaction transaction, TaskRecord task, TrialProgress progress) => Task.FromResult(true);

        public Task EndedAsync(StateTransaction transaction, TaskRecord task) => Task.CompletedTask;
    }
}
