using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>What the gates say of a version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Built">The targets it is built for.</param>
/// <param name="Failures">What does not hold, each with what was measured and what was asked; empty where all holds.</param>
public sealed record VersionView(ModelVersion Version, IReadOnlyList<string> Built, IReadOnlyList<string> Failures);

/// <summary>What was measured on a long stream.</summary>
/// <param name="Name">Whose figures they are; empty where that is plain.</param>
/// <param name="Report">The figures.</param>
/// <param name="Label">What stands at the end of its line: short.</param>
public sealed record StreamView(string Name, StreamReport Report, string Label = "");

/// <summary>A registered model with its versions, the newest first, and its promotion log, the newest first.</summary>
/// <param name="Model">The model.</param>
/// <param name="Versions">The versions.</param>
/// <param name="History">The log.</param>
/// <param name="Gates">The gates of the deployment, as text.</param>
/// <param name="Fleets">The fleets of the deployment.</param>
/// <param name="Streams">What versions that have an alias were measured to do on long streams.</param>
public sealed record ModelView(
    RegisteredModel Model,
    IReadOnlyList<VersionView> Versions,
    IReadOnlyList<Promotion> History,
    IReadOnlyList<string> Gates,
    IReadOnlyList<string> Fleets,
    IReadOnlyList<StreamView> Streams);

/// <summary>What a fleet's boards run.</summary>
/// <param name="Fleet">The fleet's name.</param>
/// <param name="Labels">The labels of its devices, as text.</param>
/// <param name="Releases">The current release for each target; none where nothing was published.</param>
public sealed record FleetView(string Fleet, string Labels, IReadOnlyList<FleetRelease> Releases);
