using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>A finished feature set: what it holds and the hash of every shard.</summary>
public sealed record FeatureSetManifest
{
    /// <summary>What the keys of all feature sets begin with.</summary>
    public const string Folder = "features/";

    /// <summary>The version of the shards' format.</summary>
    public required int Format { get; init; }

    /// <summary>The set.</summary>
    public required FeatureSetId Id { get; init; }

    /// <summary>What the rows hold.</summary>
    public required ShardContent Content { get; init; }

    /// <summary>The front end of feature rows; null for audio rows.</summary>
    public string? FrontEnd { get; init; }

    /// <summary>Samples a second of the recordings.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Samples of a clip.</summary>
    public required int ClipSamples { get; init; }

    /// <summary>Shape of a row: [samples] of audio, or [bands, frames] of features.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>How feature rows are stored where the recipe says so; null: as the content's rows usually are.</summary>
    public RowFormat? Type { get; init; }

    /// <summary>How rows are stored.</summary>
    [JsonIgnore]
    public RowFormat RowFormat => FormatOf(Content, Type);

    /// <summary>The class names in the order of the labels.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The terms of the recordings.</summary>
    public IReadOnlyList<DataLicence> Licences { get; init; } = [];

    /// <summary>The shards in order.</summary>
    public required IReadOnlyList<ShardResult> Shards { get; init; }

    /// <summary>The sets that this one goes on from, the oldest first: its first shards are theirs. Null: there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FeatureSetId>? Extends { get; init; }

    /// <summary>Shards that lie in the folder of a set that this one goes on from.</summary>
    [JsonIgnore]
    public int OlderShards => Shards.Count(shard => !shard.Blob.StartsWith($"{Folder}{Id}/", StringComparison.Ordinal));

    /// <summary>Rows of all shards.</summary>
    [JsonIgnore]
    public int Rows => Shards.Sum(static shard => shard.Rows);

    /// <summary>Bytes of all shards.</summary>
    [JsonIgnore]
    public long Bytes => Shards.Sum(static shard => shard.Bytes);

    /// <summary>The key under which a set's manifest is stored; the set is finished when it is there.</summary>
    public static string BlobKey(FeatureSetId id) => $"{Folder}{id}/manifest.json";

    /// <summary>The manifest of a plan's built shards, given in any order.</summary>
    /// <exception cref="ArgumentException">A shard is missing, or given twice, or has not the planned rows.</exception>
    public static FeatureSetManifest Create(FeatureSetPlan plan, IEnumerable<ShardResult> shardResults)
    {
        ShardResult[] shards = [.. shardResults.OrderBy(static shard => shard.Shard)];
        if (!shards.Select(static shard => shard.Shard).SequenceEqual(Enumerable.Range(0, plan.ShardCount)) || shards.Sum(static s => s.Rows) != plan.RowCount)
        {
            throw new ArgumentException($"The plan of {plan.Id} has {plan.ShardCount} shards and {plan.RowCount} rows; found other ones.", nameof(shardResults));
        }

        return new()
        {
            Format = plan.Format,
            Id = plan.Id,
            Content = plan.Content,
            FrontEnd = plan.FrontEnd,
            SampleRate = plan.SampleRate,
            ClipSamples = plan.ClipSamples,
            Shape = plan.Shape,
            Type = plan.Type,
            Classes = plan.Classes,
            Licences = plan.Licences,
            Extends = plan.Extends is null ? null : [.. plan.Extends.Select(static set => set.Id)],
            Shards = shards,
        };
    }

    /// <summary>How rows of a content are stored.</summary>
    internal static RowFormat FormatOf(ShardContent content, RowFormat? type) => type ?? (content == ShardContent.Audio ? RowFormat.Audio : RowFormat.Features);

    /// <summary>
    /// The stored manifest of a plan's set, or null where it is not built. Where the plan states other licences, for somebody wrote others down since, the
    /// manifest has them from now on.
    /// </summary>
    /// <exception cref="CorruptDataException">What is stored is not a manifest of this format.</exception>
    public static async Task<FeatureSetManifest?> FindAsync(IBlobStore blobs, FeatureSetPlan plan, CancellationToken cancellationToken)
    {
        string key = BlobKey(plan.Id);
        while (true)
        {
            // The version first: what is read after it is of that version, or it is not replaced.
            BlobRange? stored = await blobs.TryGetRangeAsync(key, 0, 0, cancellationToken);
            if (stored is null || await blobs.TryGetAsync(key, cancellationToken) is not { } bytes)
            {
                return null;
            }

            FeatureSetManifest manifest = FromBytes(bytes), stated = manifest with { Licences = plan.Licences };
            if (manifest.Licences.SequenceEqual(plan.Licences) || await blobs.TryReplaceAsync(key, stored.Version, stated.ToBytes(), cancellationToken))
            {
                return stated;
            }
        }
    }

    /// <summary>The manifest as stored.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, FeatureStoreJson.Default.FeatureSetManifest);

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="CorruptDataException">The bytes are not a manifest of this format.</exception>
    public static FeatureSetManifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        FeatureSetManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(bytes, FeatureStoreJson.Default.FeatureSetManifest);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)   // The latter: a part without its kind.
        {
            throw new CorruptDataException($"The manifest of the feature set cannot be read: {e.Message} Delete it and build the feature set again.", e);
        }

        if (manifest is not { Format: FeatureSetPlan.CurrentFormat })
        {
            throw new CorruptDataException($"The manifest has format {manifest?.Format}; expected {FeatureSetPlan.CurrentFormat}. Build the feature set again.");
        }

        return manifest.IsWhole
            ? manifest
            : throw new CorruptDataException($"The manifest of feature set {manifest.Id} is damaged: a part is missing. Delete it and build the feature set again.");
    }

    // The JSON reader lets null stand where nothing may be missing.
    private bool IsWhole => Shape is { Count: 1 or 2 } && Classes is not null && Classes.All(static name => name is not null)
        && Licences is not null && Licences.All(static licence => licence is { Data: not null, Terms: not null })
        && Shards is not null && Shards.All(static shard => shard is { Blob: not null, Sha256: not null });
}
