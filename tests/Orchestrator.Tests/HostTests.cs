using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Orchestrator.Tests;

/// <summary>The orchestrator and workers over real HTTP on loopback, with a real state database.</summary>
public abstract class HostTests
{
    [Fact]
    public async Task A_sweep_runs_from_shards_to_a_registered_model()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(trials: 3), default);
        using CancellationTokenSource stop = new();
        Task worker = fixture.NewWorker(new ArithmeticExecutor(fixture.Blobs), slots: 2).RunAsync(stop.Token);

        SweepProgress end = await host.WaitAsync(sweep, Limit());
        Assert.Equal((SweepState.Succeeded, 2, 2, 6, 6), (end.State, end.ShardsDone, end.Shards, end.EpochsDone, end.Epochs));
        Assert.Equal((2, 0.3), (end.Best!.Number, end.Best.Objective));
        Assert.Equal(1, end.RegisteredVersion);
        ModelVersion? version = await host.State.ReadAsync(t => new ModelStore(t).FindByAliasAsync("kws", "challenger"), default);
        Assert.Equal((RunId.For(new TrialId(sweep, 2)), 2, 101), (version!.Run, version.Trained.Classes.Count, version.Trained.Frames));
        Assert.Equal(["epoch 1", "epoch 2"], (await host.Queries.LogAsync(new TrialId(sweep, 0), null, default)).Select(static l => l.Text));

        await stop.CancelAsync();
        await worker;
    }

    [Fact]
    public async Task An_interrupted_sweep_rests_until_it_is_submitted_again_and_does_not_hold_up_another()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync(onlySubmitted: true);
        SweepId first = await host.SubmitAsync(HostFixture.Sweep(epochs: 1), default);
        await host.DisposeAsync();

        host = await fixture.StartAsync(onlySubmitted: true);
        SweepId second = await host.SubmitAsync(HostFixture.Sweep(epochs: 2), default);
        Task worker = fixture.NewWorker(new ArithmeticExecutor(fixture.Blobs)).RunAsync(default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(second, Limit())).State);
        Assert.Equal(0, (await host.ProgressAsync(first, default)).EpochsDone);

        await host.SubmitAsync(HostFixture.Sweep(epochs: 1), default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(first, Limit())).State);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_sweep_whose_features_have_no_room_is_refused_before_anything_is_stored_and_others_go_on()
    {
        PreparedSweep small = HostFixture.Sweep();
        FeatureSetPlan plan = (small.Plan with { RowsPerShard = 1_000_000_000, Clips = [.. small.Plan.Clips.Select(static c => c with { Rows = 1_000_000_000 })] }).Named();
        PreparedSweep large = PreparedSweep.Create(small.Definition, plan, "code");
        await using HostFixture fixture = new(await PostgresAsync()) { Prepared = large };
        OrchestratorHost host = await fixture.StartAsync(outer: null, static (_, _) => { });
        NoRoomException e = await Assert.ThrowsAsync<NoRoomException>(() => host.SubmitAsync(large, default));
        Assert.Contains($"Feature set {plan.Id} needs about 64", e.Message, StringComparison.Ordinal);
        Assert.Empty(await fixture.Blobs.ListAsync("", default));

        // Over HTTP it is an answer too, and the orchestrator works on.
        using HttpClient client = new();
        using HttpResponseMessage answer = await client.PostAsJsonAsync(new Uri(host.Url, "/api/v1/sweeps"), new SweepText("a.yaml", "", []), OrchestratorJson.Default.SweepText);
        Assert.Equal((HttpStatusCode.Conflict, true), (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("needs about", StringComparison.Ordinal)));
        SweepId sweep = await host.SubmitAsync(small, default);
        Task worker = fixture.NewWorker(new ArithmeticExecutor(fixture.Blobs)).RunAsync(default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(sweep, Limit())).State);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_failed_trial_stays_in_the_table_and_the_others_count()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(), default);
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = static (payload, epoch, _) => payload is TrialTask { Spec.Trial.Number: 1 } && epoch == 2
                ? throw new PipelineException("the loss is not a number")
                : Task.CompletedTask,
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        SweepProgress end = await host.WaitAsync(sweep, Limit());
        Assert.Equal(SweepState.Succeeded, end.State);
        Assert.Equal((TrialState.Failed, "the loss is not a number", 1), (end.Trials[1].State, end.Trials[1].Failure, end.Trials[1].Epochs));
        Assert.Equal(0, end.Best!.Number);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_sweep_whose_features_fail_says_why_and_the_same_submit_tries_again()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(), default);
        bool full = true;
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            // One shard alone: the other may be under way when the sweep is submitted again, and its end is not to be that of the new attempt.
            Before = (payload, _, _) => full && payload is ShardTask { Shard: 0 } ? throw new PipelineException("The disk is full.") : Task.CompletedTask,
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        SweepProgress end = await host.WaitAsync(sweep, Limit());
        Assert.Equal((SweepState.Failed, "The feature set could not be built: The disk is full."), (end.State, end.Failure));

        full = false;
        await host.SubmitAsync(HostFixture.Sweep(), default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(sweep, Limit())).State);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_full_disk_stops_the_orchestrator_and_fails_no_trial()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(), default);
        bool full = true;
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = (_, epoch, _) => full && epoch == 2 ? throw new NoSpaceException("The disk is full.") : Task.CompletedTask,
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        Assert.Equal("The disk is full.", (await Assert.ThrowsAsync<NoSpaceException>(() => host.WaitAsync(sweep, Limit()))).Message);
        host.Drain();
        await worker.WaitAsync(Limit());
        await host.DisposeAsync();

        full = false;
        host = await fixture.StartAsync();
        await host.SubmitAsync(HostFixture.Sweep(), default);
        worker = fixture.NewWorker(executor).RunAsync(default);
        SweepProgress end = await host.WaitAsync(sweep, Limit());
        Assert.Equal([TrialState.Succeeded, TrialState.Succeeded], end.Trials.Select(static t => t.State));
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_drained_sweep_goes_on_from_its_checkpoints_in_the_next_process()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        SweepId sweep = await host.SubmitAsync(HostFixture.Sweep(trials: 1, epochs: 5), default);
        TaskCompletionSource third = new();
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = async (payload, epoch, cancellationToken) =>
            {
                if (epoch == 3 && third.TrySetResult())
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
            },
        };
        Task worker = fixture.NewWorker(executor).RunAsync(default);
        await third.Task.WaitAsync(Limit());
        host.Drain();
        await worker.WaitAsync(Limit());
        await host.DisposeAsync();

        host = await fixture.StartAsync();
        await host.SubmitAsync(HostFixture.Sweep(trials: 1, epochs: 5), default);
        worker = fixture.NewWorker(executor).RunAsync(default);
        Assert.Equal(SweepState.Succeeded, (await host.WaitAsync(sweep, Limit())).State);
        Assert.Equal([0, 2], executor.Began);
        host.Drain();
        await worker.WaitAsync(Limit());
    }

    [Fact]
    public async Task A_worker_that_ended_without_a_word_loses_its_tasks_at_once_when_its_end_was_seen()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        await host.SubmitAsync(HostFixture.Sweep(), default);
        using HttpClient http = new() { BaseAddress = host.Url };
        ClaimedTask first = await RegisterAndClaimAsync(http, process: 4711);
        await host.WorkerEndedAsync(4711, default);
        ClaimedTask second = await RegisterAndClaimAsync(http, process: 4712);
        Assert.Equal((first.Task, first.Token.Value + 1), (second.Task, second.Token.Value));

        // What the dead one still had under way changes nothing.
        TaskAck ack = await PostAsync<TaskAck>(http, WorkerRoutes.Fail, new TaskFailed(first.Task, first.Token, "late", FailureKind.Permanent));
        Assert.False(ack.Accepted);
    }

    [Fact]
    public async Task Calls_that_make_no_sense_get_an_answer_that_says_so()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        using HttpClient http = new() { BaseAddress = host.Url };
        async Task<(HttpStatusCode, string)> Post(string route, HttpContent content)
        {
            using HttpResponseMessage response = await http.PostAsync(route, content);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        using StringContent torn = new("{ \"worker\": ");
        Assert.Equal(HttpStatusCode.BadRequest, (await Post(WorkerRoutes.Claim, torn)).Item1);
        using StringContent stranger = new("{\"worker\":\"nobody\",\"held\":[]}");
        (HttpStatusCode status, string body) = await Post(WorkerRoutes.Heartbeat, stranger);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("is no worker of this orchestrator", body, StringComparison.Ordinal);

        // Asking first, as curl does: the answer comes before the body is sent.
        http.DefaultRequestHeaders.ExpectContinue = true;
        using ByteArrayContent huge = new(new byte[9 * 1024 * 1024]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post(WorkerRoutes.Complete, huge)).Item1);
        http.DefaultRequestHeaders.ExpectContinue = false;
        using HttpResponseMessage missing = await http.GetAsync(new Uri("/api/v1/sweeps/nothing", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal("[]", await http.GetStringAsync(new Uri("/api/v1/sweeps", UriKind.Relative)));
    }

    [Fact]
    public async Task A_waiting_claim_is_answered_as_soon_as_there_is_work()
    {
        await using HostFixture fixture = new(await PostgresAsync());
        OrchestratorHost host = await fixture.StartAsync();
        using HttpClient http = new() { BaseAddress = host.Url };
        Task<ClaimedTask> claim = RegisterAndClaimAsync(http, process: 1);
        Assert.False(claim.IsCompleted);
        await host.SubmitAsync(HostFixture.Sweep(), default);
        Assert.Equal(ShardTask.Kind, (await claim.WaitAsync(TimeSpan.FromSeconds(20))).Payload is ShardTask ? ShardTask.Kind : "other");
    }

    /// <summary>A connection string of a new PostgreSQL database, or null for SQLite.</summary>
    protected abstract Task<string?> PostgresAsync();

    protected static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private static async Task<ClaimedTask> RegisterAndClaimAsync(HttpClient http, int process)
    {
        WorkerWelcome welcome = await PostAsync<WorkerWelcome>(http, WorkerRoutes.Register, new WorkerHello(Environment.MachineName, process, "cpu", 1, "", []));
        ClaimResponse claim = await PostAsync<ClaimResponse>(http, WorkerRoutes.Claim, new ClaimRequest(welcome.Worker, [ShardTask.Kind], 1, 30));
        return Assert.Single(claim.Tasks);
    }

    private static async Task<TResponse> PostAsync<TResponse>(HttpClient http, string route, object request)
    {
        using JsonContent body = JsonContent.Create(request, request.GetType(), options: ContractsJson.Default.Options);
        using HttpResponseMessage response = await http.PostAsync(route, body);
        response.EnsureSuccessStatusCode();
        return JsonSerializer.Deserialize<TResponse>(await response.Content.ReadAsStringAsync(), ContractsJson.Default.Options)!;
    }
}
