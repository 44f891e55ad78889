using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>The JSON of everything that crosses a process or is stored: camelCase, absent when null, NaN and infinities as their names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(TrialSpec))]
[JsonSerializable(typeof(TrainSpec))]
[JsonSerializable(typeof(AugmentSpec))]
[JsonSerializable(typeof(ResourceSpec))]
[JsonSerializable(typeof(TaskPayload))]
[JsonSerializable(typeof(TaskResult))]
[JsonSerializable(typeof(Checkpoint))]
[JsonSerializable(typeof(WorkerHello))]
[JsonSerializable(typeof(WorkerWelcome))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(ClaimResponse))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(HeartbeatResponse))]
[JsonSerializable(typeof(TrialProgress))]
[JsonSerializable(typeof(TaskLog))]
[JsonSerializable(typeof(TaskCompleted))]
[JsonSerializable(typeof(TaskFailed))]
[JsonSerializable(typeof(WorkerGoodbye))]
[JsonSerializable(typeof(TaskAck))]
[JsonSerializable(typeof(ModelDescription))]
[JsonSerializable(typeof(ArtifactReport))]
[JsonSerializable(typeof(ArtifactManifest))]
[JsonSerializable(typeof(FleetRelease))]
[JsonSerializable(typeof(SortedDictionary<string, ParameterValue>))]
[JsonSerializable(typeof(SortedDictionary<string, double>))]
public sealed partial class ContractsJson : JsonSerializerContext;
