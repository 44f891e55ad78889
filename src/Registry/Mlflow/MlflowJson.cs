using System.Text.Json.Serialization;

namespace Pipeline.Registry.Mlflow;

// The messages of MLflow's REST API (mlflow/protos/service.proto and model_registry.proto): proto names in snake_case, absent fields and empty lists
// left out, 64-bit integers as numbers, values that are not finite as strings.
internal sealed record ErrorMessage(string ErrorCode, string Message);

internal sealed record KeyValueMessage(string Key, string Value);

internal sealed record ExperimentMessage(
    string ExperimentId,
    string Name,
    string ArtifactLocation,
    string LifecycleStage,
    long LastUpdateTime,
    long CreationTime,
    IReadOnlyList<KeyValueMessage>? Tags);

internal sealed record RunMessage(RunInfoMessage Info, RunDataMessage Data, RunInputsMessage? Inputs);

internal sealed record RunInfoMessage(
    string RunId,
    string RunUuid,
    string RunName,
    string ExperimentId,
    string UserId,
    string Status,
    long StartTime,
    long? EndTime,
    string ArtifactUri,
    string LifecycleStage);

internal sealed record RunDataMessage(
    IReadOnlyList<MetricMessage>? Metrics, IReadOnlyList<KeyValueMessage>? Params, IReadOnlyList<KeyValueMessage>? Tags);

internal sealed record RunInputsMessage(IReadOnlyList<DatasetInputMessage> DatasetInputs);

internal sealed record DatasetInputMessage(IReadOnlyList<KeyValueMessage>? Tags, DatasetMessage Dataset);

internal sealed record DatasetMessage(string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile);

internal sealed record MetricMessage(string Key, double Value, long Timestamp, long Step);

internal sealed record AliasMessage(string Alias, string Version);

internal sealed record RegisteredModelMessage(
    string Name,
    long CreationTimestamp,
    long LastUpdatedTimestamp,
    string? Description,
    IReadOnlyList<ModelVersionMessage>? LatestVersions,
    IReadOnlyList<KeyValueMessage>? Tags,
    IReadOnlyList<AliasMessage>? Aliases);

internal sealed record ModelVersionMessage(
    string Name,
    string Version,
    long CreationTimestamp,
    long LastUpdatedTimestamp,
    string UserId,
    string CurrentStage,
    string? Description,
    string Source,
    string? RunId,
    string Status,
    IReadOnlyList<KeyValueMessage>? Tags,
    IReadOnlyList<string>? Aliases);

internal sealed record FileMessage(string Path, bool IsDir, long? FileSize);

internal sealed record EmptyResponse;

internal sealed record ExperimentIdResponse(string ExperimentId);

internal sealed record RunInfoResponse(RunInfoMessage RunInfo);

internal sealed record ExperimentResponse(ExperimentMessage Experiment);

internal sealed record ExperimentsResponse(IReadOnlyList<ExperimentMessage>? Experiments, string? NextPageToken);

internal sealed record RunResponse(RunMessage Run);

internal sealed record RunsResponse(IReadOnlyList<RunMessage>? Runs, string? NextPageToken);

internal sealed record MetricsResponse(IReadOnlyList<MetricMessage>? Metrics, string? NextPageToken);

internal sealed record RegisteredModelResponse(RegisteredModelMessage RegisteredModel);

internal sealed record RegisteredModelsResponse(IReadOnlyList<RegisteredModelMessage>? RegisteredModels, string? NextPageToken);

internal sealed record ModelVersionResponse(ModelVersionMessage ModelVersion);

internal sealed record ModelVersionsResponse(IReadOnlyList<ModelVersionMessage>? ModelVersions, string? NextPageToken);

internal sealed record ArtifactUriResponse(string ArtifactUri);

internal sealed record FilesResponse(string? RootUri, IReadOnlyList<FileMessage>? Files);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ErrorMessage))]
[JsonSerializable(typeof(EmptyResponse))]
[JsonSerializable(typeof(ExperimentIdResponse))]
[JsonSerializable(typeof(RunInfoResponse))]
[JsonSerializable(typeof(ExperimentResponse))]
[JsonSerializable(typeof(ExperimentsResponse))]
[JsonSerializable(typeof(RunResponse))]
[JsonSerializable(typeof(RunsResponse))]
[JsonSerializable(typeof(MetricsResponse))]
[JsonSerializable(typeof(RegisteredModelResponse))]
[JsonSerializable(typeof(RegisteredModelsResponse))]
[JsonSerializable(typeof(ModelVersionResponse))]
[JsonSerializable(typeof(ModelVersionsResponse))]
[JsonSerializable(typeof(ArtifactUriResponse))]
[JsonSerializable(typeof(FilesResponse))]
internal sealed partial class MlflowJson : JsonSerializerContext;
