using System.Text;
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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RowFormat? Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Extends)
{
    /// <summary>The id that a plan's content gives, whatever id it carries.</summary>
    public static FeatureSetId IdOf(FeatureSetPlan plan)
    {
        var clips = new StringBuilder();
        foreach (PlannedClip clip in plan.Clips)
        {
            clips.Append(clip.Id).Append('\t').Append(clip.Label).Append('\t').Append(clip.Word).Append('\t').Append(clip.Speaker).Append('\t')
                .Append(clip.Split).Append('\t').Append(clip.Sha256).Append('\t').Append(clip.Rows).Append(clip.Reading is { } reading ? "\t" + reading.Identity : "")
                .Append(clip.FirstCopy > 0 ? $"\tfrom copy {clip.FirstCopy}" : "").Append('\n');
        }

        var identity = new SetIdentity(
            plan.Format, plan.Content, plan.FrontEnd, plan.SampleRate, plan.ClipSamples, plan.StoredAugment, plan.Classes, plan.RowsPerShard, ContentHash.OfText(clips.ToString()).Hex, plan.Type,
            plan.Extends is null ? null : [.. plan.Extends.Select(static set => set.Id.Value)]);
        return new FeatureSetId(ContentHash.OfJson(identity, SetIdentityJson.Default.SetIdentity).Hex[..16]);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SetIdentity))]
internal sealed partial class SetIdentityJson : JsonSerializerContext;
