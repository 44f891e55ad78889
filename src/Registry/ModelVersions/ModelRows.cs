namespace Pipeline.Registry.ModelVersions;

/// <summary>A row of registered_models.</summary>
internal sealed class ModelRow
{
    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public long CreationTimestamp { get; init; }

    public long LastUpdatedTimestamp { get; init; }
}

/// <summary>A row of model_versions.</summary>
internal sealed class VersionRow
{
    public string Name { get; init; } = "";

    public long Version { get; init; }

    public string Description { get; init; } = "";

    public string Source { get; init; } = "";

    public string RunId { get; init; } = "";

    public string UserId { get; init; } = "";

    public string Model { get; init; } = "";

    public long CreationTimestamp { get; init; }

    public long LastUpdatedTimestamp { get; init; }
}

/// <summary>A tag of a model, or of one of its versions.</summary>
internal sealed class TagRow
{
    public string Name { get; init; } = "";

    public long Version { get; init; }

    public string Key { get; init; } = "";

    public string Value { get; init; } = "";

    public static OrderedDictionary<string, string> ByKey(IEnumerable<TagRow> rows) => new(rows.Select(r => KeyValuePair.Create(r.Key, r.Value)));
}

/// <summary>A row of model_aliases.</summary>
internal sealed class AliasRow
{
    public string Name { get; init; } = "";

    public string Alias { get; init; } = "";

    public long Version { get; init; }
}

/// <summary>A row of promotion_log.</summary>
internal sealed class PromotionRow
{
    public string Name { get; init; } = "";

    public long Sequence { get; init; }

    public string Alias { get; init; } = "";

    public long? FromVersion { get; init; }

    public long? ToVersion { get; init; }

    public string UserId { get; init; } = "";

    public string Reason { get; init; } = "";

    public long Timestamp { get; init; }

    public string Kind { get; init; } = "";

    public string? Fleet { get; init; }

    public Promotion Promotion => new(
        Name,
        Sequence,
        Alias,
        FromVersion,
        ToVersion,
        UserId,
        Reason,
        DateTimeOffset.FromUnixTimeMilliseconds(Timestamp),
        Enum.Parse<PromotionKind>(Kind, ignoreCase: true),
        Fleet);
}
