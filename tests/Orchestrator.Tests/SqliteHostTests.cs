using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Tests;

public sealed class SqliteHostTests : HostTests
{
    [Fact]
    public async Task A_second_process_on_the_same_state_is_refused_naming_the_first()
    {
        await using HostFixture fixture = new(postgres: null);
        await fixture.StartAsync();
        PipelineException e = await Assert.ThrowsAsync<PipelineException>(() => OrchestratorHost.StartAsync(
            new OrchestratorOptions { StateFolder = fixture.StateFolder, Blobs = fixture.Blobs }, default));
        Assert.Contains($"in use by process {Environment.ProcessId}", e.Message, StringComparison.Ordinal);
    }

    protected override Task<string?> PostgresAsync() => Task.FromResult<string?>(null);
}
