using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>A fencing token: each claim of a task gets a greater one, and a write that carries an older one changes nothing.</summary>
public readonly record struct LeaseToken(long Value);

/// <summary>What a task asks a worker to do.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ShardTask), ShardTask.Kind)]
[JsonDerivedType(typeof(TrialTask), TrialTask.Kind)]
[JsonDerivedType(typeof(BuildTask), BuildTask.Kind)]
[JsonDerivedType(typeof(SubmitTask), SubmitTask.Kind)]
public abstract record TaskPayload;

/// <summary>Build one shard of a feature set, whose plan is the blob <paramref name="PlanBlob"/>.</summary>
public sealed record ShardTask(FeatureSetId FeatureSet, int Shard, string PlanBlob) : TaskPayload
{
    /// <summary>The kind's name on the wire.</summary>
    public const string Kind = "shard";
}

/// <summary>Run one trial.</summary>
public sealed record TrialTask(TrialSpec Spec, string ManifestBlob) : TaskPayload
{
    /// <summary>The kind's name on the wire.</summary>
    public const string Kind = "trial";

    /// <summary>The kind in the queue of a trial that runs on CUDA, which only workers with such a device claim.</summary>
    public const string CudaKind = "trial-cuda";
}

/// <summary>
/// Quantise a model version, build it for a target and run it there on recordings: calibrated on the training split of its feature set, verified on
/// the recordings of the test split.
/// </summary>
/// <param name="Model">The registered model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Description">What the version is.</param>
/// <param name="Target">What to build it for.</param>
/// <param name="PlanBlob">The plan of its feature set, which names the recordings.</param>
/// <param name="ManifestBlob">The manifest of its feature set, which names the shards.</param>
public sealed record BuildTask(string Model, long Version, ModelDescription Description, TargetSpec Target, string PlanBlob, string ManifestBlob) : TaskPayload
{
    /// <summary>The kind's name on the wire.</summary>
    public const string Kind = "build";
}

/// <summary>Submit a sweep because an entry of <c>recurring</c> fell due. Orchestrators claim these; workers do not.</summary>
/// <param name="Recurring">The entry's name.</param>
/// <param name="Tick">When it fell due.</param>
/// <param name="Sweep">The sweep's file, as pipeline.yaml names it.</param>
public sealed record SubmitTask(string Recurring, DateTimeOffset Tick, string Sweep) : TaskPayload
{
    /// <summary>The kind's name on the wire.</summary>
    public const string Kind = "submit";
}

/// <summary>What came of a task.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ShardResult), ShardTask.Kind)]
[JsonDerivedType(typeof(TrialResult), TrialTask.Kind)]
[JsonDerivedType(typeof(BuildResult), BuildTask.Kind)]
[JsonDerivedType(typeof(SubmitResult), SubmitTask.Kind)]
public abstract record TaskResult;

/// <summary>A built shard.</summary>
/// <param name="Shard">Its number in the plan.</param>
/// <param name="Blob">Its blob key.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Hash of all of the file but its tensors, among it the tensors' own hashes: 64 hex digits.</param>
public sealed record ShardResult(int Shard, string Blob, int Rows, long Bytes, string Sha256) : TaskResult;

/// <summary>A finished trial.</summary>
public sealed record TrialResult : TaskResult
{
    /// <summary>Learnable parameters of the model.</summary>
    public required int Parameters { get; init; }

    /// <summary>Epochs run.</summary>
    public required int Epochs { get; init; }

    /// <summary>The metrics of the epoch that counts, and of the test split with it (<c>test/accuracy</c>).</summary>
    public required SortedDictionary<string, double> Metrics { get; init; }

    /// <summary>Counts on the test split, [true class][predicted class].</summary>
    public required int[][] Confusion { get; init; }

    /// <summary>Blob of the weights handed in.</summary>
    public required string WeightsBlob { get; init; }

    /// <summary>Hash of the weights' bytes.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Wall-clock seconds of training, over all owners of the trial.</summary>
    public required double Seconds { get; init; }
}

/// <summary>A built and measured artifact.</summary>
/// <param name="Report">What was measured.</param>
/// <param name="ManifestSha256">Hash of the bytes of the artifact's manifest, which lists the hashes of its files: 64 hex digits.</param>
public sealed record BuildResult(ArtifactReport Report, string ManifestSha256) : TaskResult;

/// <summary>A submitted sweep.</summary>
/// <param name="Sweep">Its id: that of an earlier one where sweep, data and code are as they were.</param>
public sealed record SubmitResult(SweepId Sweep) : TaskResult;

/// <summary>Where a trial can go on: the last epoch reported and the blob that holds its state.</summary>
public sealed record Checkpoint(int Epoch, string Blob, string Sha256, double Seconds);

/// <summary>A task in a worker's hands.</summary>
public sealed record ClaimedTask(TaskId Task, LeaseToken Token, int Attempt, TaskPayload Payload, Checkpoint? Checkpoint);
