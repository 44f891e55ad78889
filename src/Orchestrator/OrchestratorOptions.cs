using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Routing;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator;

/// <summary>What an orchestrator runs on.</summary>
public sealed record OrchestratorOptions
{
    /// <summary>The folder of the state; one orchestrator at a time.</summary>
    public required string StateFolder { get; init; }

    /// <summary>
    /// In place of a file in that folder: a connection string of a PostgreSQL database, which any number of orchestrators may share; see
    /// <see cref="StateDatabase.OpenPostgresAsync"/>.
    /// </summary>
    public string? Postgres { get; init; }

    /// <summary>The blobs.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>More routes to answer beside the orchestrator's own, for example MLflow's.</summary>
    public Action<IEndpointRouteBuilder, StateDatabase>? MapRoutes { get; init; }

    /// <summary>
    /// Whether only sweeps submitted to this process are worked on. One that was interrupted then rests until it is submitted again, in place of
    /// holding up the next one.
    /// </summary>
    public bool OnlySubmitted { get; init; }

    /// <summary>The port of loopback that it listens on; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Where it listens for other machines; null: nowhere.</summary>
    public OuterDoor? Outer { get; init; }

    /// <summary>Makes a sweep ready that came as text; null: sweeps are taken in by this process alone.</summary>
    public Func<SweepText, CancellationToken, Task<PreparedSweep>>? Prepare { get; init; }

    /// <summary>The deployment, whose gates and fleets the page shows and promotes by; null: none are set.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary>The file of the state in a state folder.</summary>
    public static string DatabaseFile(string stateFolder) => Path.Combine(stateFolder, "pipeline.db");
}

/// <summary>An address for other machines: always TLS, always a token.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Certificate">The certificate with its key.</param>
public sealed record OuterDoor(IPEndPoint Address, X509Certificate2 Certificate);
