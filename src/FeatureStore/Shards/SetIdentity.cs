using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>What decides a feature set's bytes; its hash is the set's id.</summary>
internal sealed record SetIdentity(
    int Format,
    ShardContent Content,
    string? FrontEnd,
    int SampleRate,
    int ClipSamples,
    AugmentSpec? StoredAugment,
    IReadOnlyList<string> Classes,
    int RowsPerShard,
    string ClipsSha256,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RowFormat? Type);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SetIdentity))]
internal sealed partial class SetIdentityJson : JsonSerializerContext;
