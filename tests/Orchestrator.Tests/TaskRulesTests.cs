using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator.Tests;

public sealed class TaskRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly WorkerId Worker = new("worker-1");

    private static readonly TaskRecord Fresh = new()
    {
        Id = new TaskId("shard:x/0"),
        Owner = "x",
        Priority = 0,
        Payload = new ShardTask(new FeatureSetId("0123456789abcdef"), 0, "plan"),
    };

    [Fact]
    public void Each_claim_has_a_greater_token_and_only_the_last_one_counts()
    {
        TaskRecord first = TaskRules.Claim(Fresh, Worker, Now);
        TaskRecord second = TaskRules.Claim(TaskRules.Release(first), Worker, Now);
        Assert.True(second.Token.Value > first.Token.Value);
        Assert.False(second.IsHeldWith(first.Token));
        Assert.True(second.IsHeldWith(second.Token));
    }

    [Fact]
    public void A_revived_task_goes_on_with_greater_tokens()
    {
        TaskRecord failed = TaskRules.Fail(TaskRules.Claim(Fresh, Worker, Now), "no", FailureKind.Permanent, Now);
        TaskRecord again = TaskRules.Claim(TaskRules.Revive(failed), Worker, Now);
        Assert.True(again.Token.Value > failed.Token.Value);
        Assert.False(again.IsHeldWith(failed.Token));
        Assert.False(again.WasEndedBy(failed.Token, ClaimOutcome.Failed));
    }

    [Fact]
    public void A_task_that_kills_its_worker_each_time_fails_in_the_end()
    {
        TaskRecord task = Fresh;
        for (int i = 0; i < TaskRules.MaxAttempts; i++)
        {
            Assert.Equal(TaskState.Ready, task.State);
            task = TaskRules.Lose(TaskRules.Claim(task, Worker, Now));
        }

        Assert.Equal(TaskState.Failed, task.State);
        Assert.Contains("vanished 10 times", task.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Getting_further_and_giving_back_spend_no_attempts()
    {
        TaskRecord task = Fresh;
        for (int i = 0; i < 3 * TaskRules.MaxAttempts; i++)
        {
            task = TaskRules.Lose(TaskRules.Advance(TaskRules.Claim(task, Worker, Now), new Checkpoint(i + 1, "c", "", 0), Now));
            task = TaskRules.Release(TaskRules.Claim(task, Worker, Now));
        }

        Assert.Equal(TaskState.Ready, task.State);
        Assert.Equal(3 * TaskRules.MaxAttempts, task.Checkpoint!.Epoch);
    }

    [Fact]
    public void A_reported_failure_is_tried_again_after_waits_that_double_then_no_more()
    {
        List<double> waits = [];
        for (TaskRecord task = Fresh; ;)
        {
            task = TaskRules.Fail(TaskRules.Claim(task, Worker, Now), "hiccup", FailureKind.Transient, Now);
            if (task.State == TaskState.Failed)
            {
                break;
            }

            waits.Add((task.Due - Now).TotalSeconds);
        }

        Assert.Equal([1, 2, 4], waits);
    }

    [Fact]
    public void An_ended_task_takes_no_further_move()
    {
        TaskRecord done = TaskRules.Complete(TaskRules.Claim(Fresh, Worker, Now), new ShardResult(0, "b", 1, 1, ""));
        Assert.Throws<IllegalMoveException>(() => TaskRules.Claim(done, Worker, Now));
        Assert.Throws<IllegalMoveException>(() => TaskRules.Lose(done));
        Assert.Throws<IllegalMoveException>(() => TaskRules.Complete(done, new ShardResult(0, "b", 1, 1, "")));
    }

    [Fact]
    public void A_fault_with_neighbours_spends_nothing_and_makes_suspects()
    {
        TaskRecord lost = TaskRules.Fault(TaskRules.Claim(OnDevice(0), Worker, Now), alone: false, "a fault.", Now);
        Assert.Equal((TaskState.Ready, 0, 0, true, DateTimeOffset.UnixEpoch), (lost.State, lost.Attempts, lost.Failures, lost.IsSuspect, lost.Due));
        Assert.Equal("a fault. It was not alone on the device: it is run alone until it gets further.", lost.Failure);
        Assert.False(TaskRules.Advance(TaskRules.Claim(lost, Worker, Now), null, Now).IsSuspect);
    }

    [Fact]
    public void A_fault_alone_spends_a_retry_each_time_and_fails_in_the_end()
    {
        TaskRecord task = OnDevice(0);
        for (int i = 1; i < TaskRules.MaxFailures; i++)
        {
            task = TaskRules.Fault(TaskRules.Claim(task, Worker, Now), alone: true, "a fault", Now);
            Assert.Equal((TaskState.Ready, i, true), (task.State, task.Failures, task.IsSuspect));
        }

        Assert.Equal(TaskState.Failed, TaskRules.Fault(TaskRules.Claim(task, Worker, Now), alone: true, "a fault", Now).State);
    }

    [Fact]
    public void A_worker_that_vanishes_with_several_trials_on_its_device_makes_suspects_of_them_and_of_nothing_else()
    {
        Assert.Equal((true, 0), (Lost(OnDevice(0), true).IsSuspect, Lost(OnDevice(0), true).Attempts));
        Assert.Equal((false, 1), (Lost(OnDevice(0), false).IsSuspect, Lost(OnDevice(0), false).Attempts));
        Assert.Equal((false, 1), (Lost(Fresh, true).IsSuspect, Lost(Fresh, true).Attempts));

        static TaskRecord Lost(TaskRecord task, bool neighbours) => TaskRules.Lose(TaskRules.Claim(task, Worker, Now), neighbours);
    }

    /// <summary>p: for the processor, d: on the device, s: a suspect there.</summary>
    [Theory]
    [InlineData("", "ddd", "ddd")]
    [InlineData("d", "ddp", "ddp")]
    [InlineData("", "sd", "s")]
    [InlineData("", "ssp", "sp")]
    [InlineData("", "ds", "d")]
    [InlineData("d", "s", "")]
    [InlineData("d", "sdp", "dp")]
    [InlineData("s", "dsp", "p")]
    [InlineData("p", "sp", "sp")]
    public void A_suspect_has_the_device_alone(string held, string claimable, string given) =>
        Assert.Equal(given, string.Concat(TaskRules.HandOut([.. held.Select(Of)], [.. claimable.Select(Of)]).Select(static t => t.IsSuspect ? 's' : t.IsOnDevice ? 'd' : 'p')));

    private static TaskRecord Of(char kind, int number) => kind == 'p' ? Fresh : OnDevice(number) with { IsSuspect = kind == 's' };

    private static TaskRecord OnDevice(int number) => Fresh with
    {
        Id = new TaskId($"trial:x/{number}"),
        Payload = new TrialTask(HostFixture.Sweep(device: "cuda:0").Trials[0].Spec, "manifest"),
    };
}
