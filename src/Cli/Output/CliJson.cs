using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.FeatureStore.Sql;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Cli.Output;

// The documents of --json. Their shapes are a contract: a property may be added, none renamed or taken away.
internal sealed record ParameterListing(string Name, ParameterValue Default, string Allowed, string Description);

internal sealed record ModelListing(string Name, string Description, IReadOnlyList<ParameterListing> Parameters, ModelCosts? Costs);

/// <summary>What a model costs on features of a size, in the counts of <see cref="ModelReport"/>.</summary>
internal sealed record ModelCosts(int Bands, int Frames, int Parameters, int Trainable, int Folded, long Macs, int PeakActivationBytes);

internal sealed record LayerReport(string Name, string Operator, string Output, int Parameters, long Macs);

internal sealed record ModelReport(
    string Model, int Parameters, int Trainable, int Folded, int Statistics, long Macs, int PeakActivationBytes, IReadOnlyList<LayerReport> Layers);

/// <summary>What a version costs where it runs now: the figures that authors print.</summary>
internal sealed record MeasureReport(
    string Model,
    long Version,
    int Parameters,
    long WeightBytes,
    long PeakActivationBytes,
    long PeakRssBytes,
    int Inferences,
    int Threads,
    double MedianSeconds,
    double P95Seconds,
    double FrontEndMedianSeconds,
    double? Accuracy,
    double? BenefitCost);

internal sealed record RunReport(
    RunId Run,
    string Name,
    string Experiment,
    string Status,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, string> Tags);

internal sealed record RegisteredModelReport(string Name, long Versions, IReadOnlyDictionary<string, long> Aliases, DateTimeOffset Updated);

internal sealed record ModelVersionReport(
    string Name, long Version, IReadOnlyList<string> Aliases, RunId? Run, DateTimeOffset Created, ModelDescription? Model);

internal sealed record Check(string Name, bool Ok, bool Required, string Found, string? Advice);

internal sealed record ServeReport(string Url);

internal sealed record UpReport(Uri Url, Uri? Outer);

internal sealed record JobAct(string Act, TaskId Task);

internal sealed record TokenReport(string Name, Role Role, string Token);

internal sealed record FeatureSetReport(FeatureSetId FeatureSet, int Clips, int Shards, long Bytes, double Seconds, long PeakRssBytes);

internal sealed record ImportReport(FeatureSetReport Built, string PipelineYaml);

internal sealed record FeatureSetListing(
    FeatureSetId FeatureSet, ShardContent Content, RowFormat Type, IReadOnlyList<int> Shape, string? FrontEnd, int Rows, int Shards, long Bytes, IReadOnlyList<string> Classes, IReadOnlyList<DataLicence> Licences,
    IReadOnlyList<FeatureSetId> Extends);

internal sealed record VerifyReport(FeatureSetId FeatureSet, int Shards, int Rows, long Bytes, double Seconds, int Recomputed);

internal sealed record ExportReport(FeatureSetId FeatureSet, string Folder, int Rows);

internal sealed record GarbageReport(IReadOnlyList<string> Blobs, bool Deleted);

internal sealed record DataListing(string Name, DataDefinition Data, IReadOnlyList<DataLicence> Licences);

internal sealed record FetchReport(string Archive, string Folder, int Files, string Licence);

internal sealed record SynthReport(string Folder, double Seconds);

internal sealed record ClassProbability(string Class, double Probability);

internal sealed record Prediction(string File, string Class, double Probability, IReadOnlyList<ClassProbability> Classes);

internal sealed record HeardReport(string Class, double Time, double Score);

internal sealed record StreamHearing(string File, double Seconds, IReadOnlyList<HeardReport> Heard, StreamReport? Measured);

internal sealed record TargetReport(string Name, string Like, long FlashBytes, long RamBytes, string Description, IReadOnlyList<string> MissingPrograms);

internal sealed record BuildReport(string Model, long Version, string Target, TaskState State, string? Failure, ArtifactReport? Artifact)
{
    public static BuildReport Of(BuildRow row) => new(row.Model, row.Version, row.Target.Name, row.State, row.Failure, row.Report);
}

internal sealed record FleetListing(string Name, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<FleetRelease> Releases);

internal sealed record ConfigReport(string File, IReadOnlyList<string> DataSets, IReadOnlyList<string> FeatureSets, IReadOnlyList<string> Sweeps);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    WriteIndented = true)]
[JsonSerializable(typeof(JobsView))]
[JsonSerializable(typeof(JobAct))]
[JsonSerializable(typeof(FetchReport))]
[JsonSerializable(typeof(RecurringRow[]))]
[JsonSerializable(typeof(WorkerRow[]))]
[JsonSerializable(typeof(ModelListing[]))]
[JsonSerializable(typeof(ModelReport))]
[JsonSerializable(typeof(MeasureReport))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(RunReport[]))]
[JsonSerializable(typeof(RegisteredModelReport[]))]
[JsonSerializable(typeof(ModelVersionReport[]))]
[JsonSerializable(typeof(Promotion[]))]
[JsonSerializable(typeof(Check[]))]
[JsonSerializable(typeof(ServeReport))]
[JsonSerializable(typeof(UpReport))]
[JsonSerializable(typeof(TokenReport))]
[JsonSerializable(typeof(TokenRecord[]))]
[JsonSerializable(typeof(FeatureSetReport))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(FeatureSetListing))]
[JsonSerializable(typeof(FeatureSetListing[]))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(GarbageReport))]
[JsonSerializable(typeof(QueryResult))]
[JsonSerializable(typeof(DataListing[]))]
[JsonSerializable(typeof(DataReport))]
[JsonSerializable(typeof(SynthReport))]
[JsonSerializable(typeof(Prediction[]))]
[JsonSerializable(typeof(StreamReport))]
[JsonSerializable(typeof(StreamHearing))]
[JsonSerializable(typeof(ConfigReport))]
[JsonSerializable(typeof(SweepEstimate))]
[JsonSerializable(typeof(SweepReport))]
[JsonSerializable(typeof(SweepListing[]))]
[JsonSerializable(typeof(TrialReport[]))]
[JsonSerializable(typeof(CleanReport))]
[JsonSerializable(typeof(TargetReport[]))]
[JsonSerializable(typeof(BuildReport[]))]
[JsonSerializable(typeof(ArtifactReport[]))]
[JsonSerializable(typeof(PromotionOutcome))]
[JsonSerializable(typeof(FleetListing))]
[JsonSerializable(typeof(FleetListing[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class CliJson : JsonSerializerContext;
