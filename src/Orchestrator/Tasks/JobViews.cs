using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>A task of the queue in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it asks for.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempts">Claims since it last got further.</param>
/// <param name="Worker">Who holds it.</param>
/// <param name="Due">Not to be claimed before; null where that is past.</param>
/// <param name="Failure">The last failure reported.</param>
public sealed record JobRow(string Id, string Kind, TaskState State, int Attempts, string? Worker, DateTimeOffset? Due, string? Failure);

/// <summary>A worker in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Its machine.</param>
/// <param name="ProcessId">Its process there.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Slots">Tasks that it runs at once.</param>
/// <param name="Held">Tasks that it holds now.</param>
/// <param name="LastSeen">When it was last heard.</param>
/// <param name="IsThere">Whether it was heard within its lease.</param>
public sealed record WorkerRow(string Id, string Host, long ProcessId, string Device, long Slots, long Held, DateTimeOffset LastSeen, bool IsThere);

/// <summary>The queue: how many tasks stand where, and some of them.</summary>
/// <param name="Counts">Tasks by state.</param>
/// <param name="State">Only those of this state are listed; null: all.</param>
/// <param name="Jobs">A page of them, the newest first.</param>
/// <param name="Page">Which page, from 0.</param>
public sealed record JobsView(IReadOnlyDictionary<TaskState, int> Counts, TaskState? State, IReadOnlyList<JobRow> Jobs, int Page)
{
    /// <summary>Tasks of the state that is listed.</summary>
    public int Total => State is { } only ? Counts.GetValueOrDefault(only) : Counts.Values.Sum();
}

/// <summary>A task with all that is known of it.</summary>
/// <param name="Job">How it stands.</param>
/// <param name="Payload">What it asks for.</param>
/// <param name="Checkpoint">Where its next owner goes on.</param>
/// <param name="Result">What came of it.</param>
public sealed record JobDetail(JobRow Job, TaskPayload Payload, Checkpoint? Checkpoint, TaskResult? Result);
