using Pipeline.Contracts;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>A build as it stands.</summary>
/// <param name="Model">The registered model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Target">The target.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Note">The last line of its log.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="Report">What was measured, once it succeeded.</param>
public sealed record BuildRow(string Model, long Version, TargetSpec Target, TaskState State, string? Note, string? Failure, ArtifactReport? Report);

/// <summary>Reads builds; safe beside a running orchestrator, also from another process.</summary>
public sealed class BuildQueries(StateDatabase state)
{
    /// <summary>All builds in the order they were asked for.</summary>
    public Task<IReadOnlyList<BuildRow>> ListAsync(CancellationToken cancellationToken) =>
        state.ReadAsync(async t => await RowsAsync(t, await new BuildStore(t).ListAsync()), cancellationToken);

    /// <summary>The builds of a version for some targets.</summary>
    public Task<IReadOnlyList<BuildRow>> OfAsync(string model, long version, IEnumerable<string> targets, CancellationToken cancellationToken) =>
        state.ReadAsync(t => OfAsync(t, model, version, targets), cancellationToken);

    internal static async Task<IReadOnlyList<BuildRow>> OfAsync(StateTransaction transaction, string model, long version, IEnumerable<string> targets) =>
        await RowsAsync(transaction, await new BuildStore(transaction).FindAsync(model, version, targets));

    private static async Task<IReadOnlyList<BuildRow>> RowsAsync(StateTransaction transaction, IReadOnlyList<TaskRecord> tasks)
    {
        List<BuildRow> rows = [];
        TaskLogStore logs = new(transaction);
        foreach (TaskRecord task in tasks)
        {
            BuildTask build = (BuildTask)task.Payload;
            rows.Add(new(
                build.Model, build.Version, build.Target, task.State, await logs.LastAsync(task.Id), task.Failure, (task.Result as BuildResult)?.Report));
        }

        return rows;
    }
}
