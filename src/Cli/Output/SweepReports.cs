using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Output;

/// <summary>A trial in the result table.</summary>
internal sealed record TrialReport(
    int Number,
    TrialState State,
    IReadOnlyDictionary<string, ParameterValue> Parameters,
    ulong Seed,
    double? Objective,
    int Epochs,
    RunId Run,
    IReadOnlyDictionary<string, double>? Metrics,
    double? Seconds,
    string? Failure,
    int? Fold)
{
    public static TrialReport Of(TrialRow row) => new(
        row.Number, row.State, row.Parameters, row.Seed, row.Objective, row.Epochs, row.Run, row.Metrics, row.Seconds, row.Failure, row.Fold);
}

/// <summary>Where the best trial was registered.</summary>
internal sealed record RegisteredReport(string Name, long Version, string Alias);

/// <summary>A sweep that ended.</summary>
internal sealed record SweepReport(
    SweepId Sweep,
    SweepState State,
    TrialReport? Best,
    IReadOnlyList<TrialReport> Trials,
    IReadOnlyList<ConfigurationRow> Configurations,
    RegisteredReport? Model,
    IReadOnlyList<ArtifactReport> Artifacts)
{
    public static SweepReport Of(SweepProgress progress) => new(
        progress.Sweep,
        progress.State,
        progress.Best is { } best ? TrialReport.Of(best) : null,
        [.. progress.Trials.Select(TrialReport.Of)],
        ConfigurationRow.Of(progress.Trials, progress.ConfigurationNames),
        progress is { Register: { } register, RegisteredVersion: { } version } ? new(register.Model, version, register.Alias) : null,
        ArtifactsOf(progress));

    /// <summary>What was measured on the artifacts of the sweep's version that are built.</summary>
    public static ArtifactReport[] ArtifactsOf(SweepProgress progress) => [.. progress.Builds.Select(b => b.Report).OfType<ArtifactReport>()];
}

/// <summary>A sweep in a list.</summary>
internal sealed record SweepListing(SweepId Sweep, SweepState State, DateTimeOffset Submitted, int Trials, int Ended, double? Best, string? Failure);

/// <summary>What cleaning took away.</summary>
internal sealed record CleanReport(IReadOnlyList<string> Deleted, long Bytes);
