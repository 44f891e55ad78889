using System.Net;
using System.Net.Sockets;
using Pipeline.Contracts;
using Pipeline.Workers.Agent;
using Pipeline.Workers.Training;

namespace Pipeline.Orchestrator.Tests;

/// <summary>How a worker ends when it is sent home, or loses its device, at a bad moment.</summary>
public sealed class WorkerEndTests
{
    [Fact]
    public async Task Cancelled_while_it_registers_it_returns()
    {
        // Takes the call and never answers it.
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        using CancellationTokenSource stop = new();
        Task worker = Worker($"http://{silent.LocalEndpoint}").RunAsync(stop.Token);
        using Socket call = await silent.AcceptSocketAsync();
        Assert.False(worker.IsCompleted);
        await stop.CancelAsync();
        await worker.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Cancelled_before_it_begins_it_returns()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();
        await Worker("http://127.0.0.1:9").RunAsync(stop.Token);
    }

    [Fact]
    public async Task An_orchestrator_that_goes_with_the_device_hides_no_lost_device()
    {
        await using HostFixture fixture = new(null);
        OrchestratorHost host = await fixture.StartAsync();
        await host.SubmitAsync(HostFixture.Sweep(trials: 1, device: "cuda:0"), default);
        ArithmeticExecutor executor = new(fixture.Blobs)
        {
            Before = async (payload, _, _) =>
            {
                if (payload is TrialTask)
                {
                    await host.DisposeAsync();
                    throw new DeviceFaultException("CUDA error: an illegal memory access was encountered");
                }
            },
        };
        DeviceLostException lost = await Assert.ThrowsAsync<DeviceLostException>(() => Worker(host.Url.ToString(), executor).RunAsync(default));
        Assert.Contains("illegal memory access", lost.Message, StringComparison.Ordinal);

        // The fixture ends one.
        await fixture.StartAsync();
    }

    private static WorkerAgent Worker(string server, ITaskExecutor? executor = null) => new(
        new WorkerOptions
        {
            Servers = [new Uri(server)],
            Device = "cuda:0",
            RetryFor = TimeSpan.FromMilliseconds(200),
            Kinds = [ShardTask.Kind, TrialTask.Kind, TrialTask.CudaKind],
        },
        executor is null ? [] : [executor]);
}
