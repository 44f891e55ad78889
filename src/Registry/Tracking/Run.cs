using Pipeline.Contracts;

namespace Pipeline.Registry.Tracking;

/// <summary>Names an experiment, the folder of runs; 0 is the default one.</summary>
public readonly record struct ExperimentId(long Value)
{
    /// <summary>The experiment that always exists.</summary>
    public static ExperimentId Default { get; } = new(0);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A named group of runs.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name, unlike any other's.</param>
/// <param name="Deleted">Whether it was deleted; deleting is soft.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Updated">When it was last changed.</param>
/// <param name="Tags">Free text by key.</param>
/// <param name="ArtifactLocation">Where MLflow's clients keep the files of its runs.</param>
public sealed record Experiment(
    ExperimentId Id,
    string Name,
    bool Deleted,
    DateTimeOffset Created,
    DateTimeOffset Updated,
    IReadOnlyDictionary<string, string> Tags,
    string ArtifactLocation);

/// <summary>How a run stands; the names are MLflow's.</summary>
public enum RunStatus
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It will start.</summary>
    Scheduled,

    /// <summary>It ran to its end.</summary>
    Finished,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It was ended early.</summary>
    Killed,
}

/// <summary>What a run is, without what it measured.</summary>
/// <param name="Id">The run.</param>
/// <param name="Experiment">The experiment it belongs to.</param>
/// <param name="Name">A name for people.</param>
/// <param name="User">Who started it.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Started">When it started.</param>
/// <param name="Ended">When it ended; null while it goes on.</param>
/// <param name="ArtifactUri">Where MLflow's clients look for its files.</param>
/// <param name="Deleted">Whether it was deleted; deleting is soft.</param>
public sealed record RunInfo(
    RunId Id,
    ExperimentId Experiment,
    string Name,
    string User,
    RunStatus Status,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    string ArtifactUri,
    bool Deleted);

/// <summary>One measured value: <paramref name="Step"/> is the epoch.</summary>
public sealed record MetricPoint(string Key, double Value, long Step, DateTimeOffset Time);

/// <summary>
/// A run with its parameters, its tags and the latest point of each metric, each in the order of the keys, and the data sets that it says it read.
/// </summary>
public sealed record Run(
    RunInfo Info,
    IReadOnlyDictionary<string, string> Params,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyDictionary<string, MetricPoint> Metrics,
    IReadOnlyList<RunDataset> Datasets);

/// <summary>A data set that a run says it read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">What tells its contents from others of that name.</param>
/// <param name="SourceType">The kind of <paramref name="Source"/>.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Schema">Its columns; null where not said.</param>
/// <param name="Profile">Its size and the like; null where not said.</param>
/// <param name="Tags">Free text by key; <c>mlflow.data.context</c> says what it was read for.</param>
public sealed record RunDataset(
    string Name,
    string Digest,
    string SourceType,
    string Source,
    string? Schema,
    string? Profile,
    IReadOnlyDictionary<string, string> Tags);

/// <summary>A file of a run: the path that clients ask for and the blob that holds its bytes.</summary>
public sealed record RunArtifact(string Path, string Blob);
