using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Orchestrator;

/// <summary>The JSON of what this room stores and answers, in the manner of <see cref="ContractsJson"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(SweepDefinition))]
[JsonSerializable(typeof(DeploySpec))]
[JsonSerializable(typeof(TargetSpec))]
[JsonSerializable(typeof(IReadOnlyList<SweepSummary>))]
[JsonSerializable(typeof(SweepProgress))]
[JsonSerializable(typeof(IReadOnlyList<TrialRow>))]
[JsonSerializable(typeof(IReadOnlyList<LogLine>))]
[JsonSerializable(typeof(SweepText))]
[JsonSerializable(typeof(SweepReceipt))]
[JsonSerializable(typeof(JobsView))]
[JsonSerializable(typeof(JobDetail))]
[JsonSerializable(typeof(JobReceipt))]
[JsonSerializable(typeof(IReadOnlyList<WorkerRow>))]
[JsonSerializable(typeof(IReadOnlyList<RecurringRow>))]
[JsonSerializable(typeof(ApiError))]
public sealed partial class OrchestratorJson : JsonSerializerContext;
