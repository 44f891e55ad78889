using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Shards;

/// <summary>What the rows of a feature set hold.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ShardContent>))]
public enum ShardContent
{
    /// <summary>Waveforms, so that a fresh copy can be drawn each epoch.</summary>
    Audio,

    /// <summary>Features.</summary>
    Features,
}

/// <summary>One clip of a plan.</summary>
/// <param name="Id">Unique in the set; decides the clip's augmentation.</param>
/// <param name="Label">Index of its class; -1 for background recordings.</param>
/// <param name="Word">What is said.</param>
/// <param name="Speaker">Who says it; empty where unknown.</param>
/// <param name="Split">The split.</param>
/// <param name="File">Absolute path of the recording or of the imported array; null for a clip of zeros.</param>
/// <param name="Row">Row of the imported array; null for a recording.</param>
/// <param name="Sha256">Hash of the file's (or the row's) bytes, checked again when the shard is built; empty for a clip of zeros.</param>
/// <param name="Rows">Rows it becomes: its stored copies, or the pieces of a background recording.</param>
public sealed record PlannedClip(string Id, int Label, string Word, string Speaker, Split Split, string? File, int? Row, string Sha256, int Rows)
{
    /// <summary>How it is made of its file; null: it is the file as it stands.</summary>
    public ClipReading? Reading { get; init; }

    /// <summary>The first of its rows; those before it are of a set that this one goes on from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FirstCopy { get; init; }
}

/// <summary>Everything that a worker needs to build any shard of a feature set.</summary>
public sealed record FeatureSetPlan
{
    /// <summary>The version of the shards' format; part of <see cref="Id"/>.</summary>
    public const int CurrentFormat = 2;

    /// <summary>What a row's labels and page header take, about.</summary>
    private const int LabelBytes = 64;

    /// <summary>The version of the shards' format.</summary>
    public required int Format { get; init; }

    /// <summary>The hash of the recipe, of every clip used and of the format.</summary>
    public required FeatureSetId Id { get; init; }

    /// <summary>What the rows hold.</summary>
    public required ShardContent Content { get; init; }

    /// <summary>The front end of feature rows; null for audio rows, which serve every front end of their sample rate.</summary>
    public string? FrontEnd { get; init; }

    /// <summary>Samples a second of the recordings.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Samples of a clip, shorter ones zero-padded.</summary>
    public required int ClipSamples { get; init; }

    /// <summary>Shape of a row: [samples] of audio, or [bands, frames] of features.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>How feature rows are stored where the recipe says so; null: as the content's rows usually are.</summary>
    public RowFormat? Type { get; init; }

    /// <summary>How rows are stored.</summary>
    [JsonIgnore]
    public RowFormat RowFormat => FeatureSetManifest.FormatOf(Content, Type);

    /// <summary>The chain whose copies are stored; null where none are.</summary>
    public AugmentSpec? StoredAugment { get; init; }

    /// <summary>The class names in the order of the labels.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The terms of the recordings. They decide nothing, so they are no part of <see cref="Id"/>.</summary>
    public IReadOnlyList<DataLicence> Licences { get; init; } = [];

    /// <summary>The sets whose rows come first, the oldest first: they keep their shards. Null: there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BaseSet>? Extends { get; init; }

    /// <summary>Rows in a shard, of those that are the set's own; the last has the rest.</summary>
    public required int RowsPerShard { get; init; }

    /// <summary>The clips; their rows, in this order, fill the shards. Those of <see cref="Extends"/> come first.</summary>
    public required IReadOnlyList<PlannedClip> Clips { get; init; }

    /// <summary>Clips, background recordings among them; one whose copies come from several sets is one.</summary>
    [JsonIgnore]
    public int ClipCount => Clips.Count(static clip => clip.FirstCopy == 0);

    /// <summary>Rows of all clips.</summary>
    [JsonIgnore]
    public int RowCount => Clips.Sum(static clip => clip.Rows);

    /// <summary>Shards of the set, those of <see cref="Extends"/> included.</summary>
    [JsonIgnore]
    public int ShardCount => PlannedShard.Of(this).Count;

    /// <summary>Bytes of a row's tensor.</summary>
    [JsonIgnore]
    public int RowBytes => RowFormat.BytesOf(Shape);

    /// <summary>Bytes of all shards, about.</summary>
    [JsonIgnore]
    public long EstimatedBytes => (long)RowCount * (RowBytes + LabelBytes);

    /// <summary>The key under which the plan is stored.</summary>
    [JsonIgnore]
    public string BlobKey => BlobKeyOf(Id);

    /// <summary>The key of a feature set's plan.</summary>
    public static string BlobKeyOf(FeatureSetId id) => $"{FeatureSetManifest.Folder}{id}/plan.json";

    /// <summary>The plan under the id that its content gives.</summary>
    public FeatureSetPlan Named() => this with { Id = SetIdentity.IdOf(this) };

    /// <summary>The plans of the sets that this one goes on from, the oldest first, and this one.</summary>
    public IEnumerable<FeatureSetPlan> Generations() => [.. (Extends ?? []).Select((set, age) => set.PlanIn(this, age)), this];

    /// <summary>The stored plan of a set.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static async Task<FeatureSetPlan> ReadAsync(IBlobStore blobs, FeatureSetId id, CancellationToken cancellationToken) =>
        FromBytes(await blobs.TryGetAsync(BlobKeyOf(id), cancellationToken)
            ?? throw new BadInputException($"There is no plan of a feature set {id} where the blobs are. `pipeline features list` names those that are built."));

    /// <summary>The plan as stored.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, FeatureStoreJson.Default.FeatureSetPlan);

    /// <summary>Reads a stored plan.</summary>
    /// <exception cref="CorruptDataException">The bytes are not a plan of this format.</exception>
    public static FeatureSetPlan FromBytes(ReadOnlySpan<byte> bytes)
    {
        FeatureSetPlan? plan;
        try
        {
            plan = JsonSerializer.Deserialize(bytes, FeatureStoreJson.Default.FeatureSetPlan);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)   // The latter: a step without its kind.
        {
            throw new CorruptDataException($"The stored feature set plan cannot be read: {e.Message} Delete it and build the feature set again.", e);
        }

        if (plan is not { Format: CurrentFormat })
        {
            throw new CorruptDataException($"The stored feature set plan has format {plan?.Format}; expected {CurrentFormat}. Build the feature set again.");
        }

        // The id is the hash of all that decides the shards' bytes, so damage to any of it shows. The shape follows from the rest.
        return plan.IsWhole && plan.Generations().All(static set => SetIdentity.IdOf(set) == set.Id) && plan.Shape.SequenceEqual(plan.ShapeOfRows())
            ? plan
            : throw new CorruptDataException($"The stored plan of feature set {plan.Id} is damaged: its content has another hash. Delete it and build the feature set again.");
    }

    // The JSON reader lets null stand where nothing may be missing.
    private bool IsWhole => Shape is not null && Classes is not null && Licences is not null && Clips is not null && RowsPerShard > 0
        && Clips.All(static clip => clip is { Id: not null, Word: not null, Speaker: not null, Sha256: not null })
        && Extends is not { Count: 0 or > BaseSet.Most } && (Extends ?? []).All(set => set is not null && set.FitsIn(this));

    private int[] ShapeOfRows() => FrontEnd is null
        ? [ClipSamples]
        : [FrontEnds.FrontEnds.Get(FrontEnd).Bands, FrontEnds.FrontEnds.Get(FrontEnd).FramesFor(ClipSamples)];
}
