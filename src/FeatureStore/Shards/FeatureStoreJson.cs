using System.Text.Json.Serialization;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The JSON of plans, manifests and recipes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FeatureSetDefinition))]
[JsonSerializable(typeof(FeatureSetPlan))]
[JsonSerializable(typeof(FeatureSetManifest))]
[JsonSerializable(typeof(Datasets.SynthData))]
[JsonSerializable(typeof(Datasets.DataReport))]
public sealed partial class FeatureStoreJson : JsonSerializerContext;
