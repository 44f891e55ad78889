using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Orchestrator.Dashboard;

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

/// <summary>The queue: how many tasks stand where, some of them, and who works on them.</summary>
/// <param name="Counts">Tasks by state.</param>
/// <param name="State">Only those of this state are listed; null: all.</param>
/// <param name="Jobs">A page of them, the newest first.</param>
/// <param name="Page">Which page, from 0.</param>
/// <param name="Workers">The workers that are there, and the last ones that were.</param>
public sealed record JobsView(IReadOnlyDictionary<TaskState, int> Counts, TaskState? State, IReadOnlyList<JobRow> Jobs, int Page, IReadOnlyList<WorkerRow> Workers)
{
    /// <summary>Tasks of the state that is listed.</summary>
    public int Total => State is { } only ? Counts.GetValueOrDefault(only) : Counts.Values.Sum();
}

/// <summary>What the gates say of a version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Built">The targets it is built for.</param>
/// <param name="Failures">What does not hold, each with what was measured and what was asked; empty where all holds.</param>
public sealed record VersionView(ModelVersion Version, IReadOnlyList<string> Built, IReadOnlyList<string> Failures);

/// <summary>A registered model with its versions, the newest first, and its promotion log, the newest first.</summary>
/// <param name="Model">The model.</param>
/// <param name="Versions">The versions.</param>
/// <param name="History">The log.</param>
/// <param name="Gates">The gates of the deployment, as text.</param>
/// <param name="Fleets">The fleets of the deployment.</param>
public sealed record ModelView(
    RegisteredModel Model, IReadOnlyList<VersionView> Versions, IReadOnlyList<Promotion> History, IReadOnlyList<string> Gates, IReadOnlyList<string> Fleets);

/// <summary>What a fleet's boards run.</summary>
/// <param name="Fleet">The fleet's name.</param>
/// <param name="Labels">The labels of its devices, as text.</param>
/// <param name="Releases">The current release for each target; none where nothing was published.</param>
public sealed record FleetView(string Fleet, string Labels, IReadOnlyList<FleetRelease> Releases);
