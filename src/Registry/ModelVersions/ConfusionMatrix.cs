using System.Text.Json.Serialization;

namespace Pipeline.Registry.ModelVersions;

/// <summary>How often each true class was taken for each class: <c>Counts[true][predicted]</c>, both in the order of the names.</summary>
public sealed record ConfusionMatrix(IReadOnlyList<string> Classes, int[][] Counts);

/// <summary>The JSON of a confusion matrix.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConfusionMatrix))]
public sealed partial class ConfusionJson : JsonSerializerContext;
