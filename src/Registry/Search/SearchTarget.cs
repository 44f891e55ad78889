using Pipeline.Contracts;

namespace Pipeline.Registry.Search;

/// <summary>A column that can be searched, or only ordered by.</summary>
internal sealed record SearchColumn(string Sql, bool IsNumber = false, bool CanFilter = true, bool AllowsIn = false);

/// <summary>A table of values by key: <c>metrics.k</c>.</summary>
internal sealed record SearchValues(string Table, string Join, bool IsMetric = false);

/// <summary>What can be searched in one kind of thing, and how ties are broken.</summary>
internal sealed record SearchTarget(
    string Noun,
    IReadOnlyDictionary<string, SearchColumn> Columns,
    IReadOnlyDictionary<string, SearchValues> Values,
    string DefaultOrder,
    string TieBreak)
{
    private static readonly string[] AttributePrefixes = ["attributes", "attribute", "attr", "run"];

    private static readonly string[] DatasetPrefixes = ["datasets", "dataset"];

    private static readonly string[] DatasetColumns = ["name", "digest", "context"];

    private static readonly SearchValues RunTags = new("run_tags", "k.run_id = r.run_id");

    private static readonly SearchValues RunParams = new("run_params", "k.run_id = r.run_id");

    private static readonly SearchValues RunMetrics = new("run_latest_metrics", "k.run_id = r.run_id", IsMetric: true);

    public static SearchTarget Runs { get; } = new(
        "run",
        new Dictionary<string, SearchColumn>(StringComparer.OrdinalIgnoreCase)
        {
            ["run_id"] = new("r.run_id", AllowsIn: true),
            ["run id"] = new("r.run_id", AllowsIn: true),
            ["run_name"] = new("r.run_name"),
            ["run name"] = new("r.run_name"),
            ["user_id"] = new("r.user_id"),
            ["user"] = new("r.user_id"),
            ["status"] = new("r.status"),
            ["artifact_uri"] = new("r.artifact_uri"),
            ["start_time"] = new("r.start_time", IsNumber: true),
            ["created"] = new("r.start_time", IsNumber: true),
            ["end_time"] = new("r.end_time", IsNumber: true),
        },
        new Dictionary<string, SearchValues>(StringComparer.OrdinalIgnoreCase)
        {
            ["metrics"] = RunMetrics,
            ["metric"] = RunMetrics,
            ["params"] = RunParams,
            ["parameters"] = RunParams,
            ["parameter"] = RunParams,
            ["param"] = RunParams,
            ["tags"] = RunTags,
            ["tag"] = RunTags,
        },
        DefaultOrder: "r.start_time DESC, r.run_id",
        TieBreak: "r.start_time DESC, r.run_id");

    public static SearchTarget Experiments { get; } = new(
        "experiment",
        new Dictionary<string, SearchColumn>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("e.name"),
            ["creation_time"] = new("e.creation_time", IsNumber: true),
            ["last_update_time"] = new("e.last_update_time", IsNumber: true),
            ["experiment_id"] = new("e.experiment_id", IsNumber: true, CanFilter: false),
        },
        Tags(new("experiment_tags", "k.experiment_id = e.experiment_id")),
        DefaultOrder: "e.creation_time DESC, e.experiment_id",
        TieBreak: "e.experiment_id DESC");

    public static SearchTarget Models { get; } = new(
        "registered model",
        new Dictionary<string, SearchColumn>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("m.name"),
            ["timestamp"] = new("m.last_updated_timestamp", IsNumber: true, CanFilter: false),
            ["last_updated_timestamp"] = new("m.last_updated_timestamp", IsNumber: true, CanFilter: false),
        },
        Tags(new("registered_model_tags", "k.name = m.name")),
        DefaultOrder: "m.name",
        TieBreak: "m.name");

    public static SearchTarget Versions { get; } = new(
        "model version",
        new Dictionary<string, SearchColumn>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("v.name"),
            ["version_number"] = new("v.version", IsNumber: true),
            ["run_id"] = new("v.run_id", AllowsIn: true),
            ["source_path"] = new("v.source"),
            ["creation_timestamp"] = new("v.creation_timestamp", IsNumber: true, CanFilter: false),
            ["last_updated_timestamp"] = new("v.last_updated_timestamp", IsNumber: true, CanFilter: false),
        },
        Tags(new("model_version_tags", "k.name = v.name AND k.version = v.version")),
        DefaultOrder: "v.last_updated_timestamp DESC, v.name, v.version DESC",
        TieBreak: "v.name, v.version DESC");

    /// <summary>The column that a key names, or null where it names a value by key or a data set.</summary>
    /// <exception cref="BadInputException">There is no such attribute.</exception>
    public SearchColumn? FindColumn(SearchKey key)
    {
        if (key.Prefix is not null && !AttributePrefixes.Contains(key.Prefix, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return Columns.TryGetValue(key.Key, out SearchColumn? column)
            ? column
            : throw new BadInputException($"Invalid attribute key '{key.Key}' of a {Noun}. Valid keys are {string.Join(", ", Columns.Keys)}.");
    }

    /// <summary>The column of <c>run_datasets</c> that a key names, or null where it names none of a data set.</summary>
    /// <exception cref="BadInputException">A data set has no such attribute.</exception>
    public string? FindDatasetColumn(SearchKey key)
    {
        if (!ReferenceEquals(this, Runs) || !DatasetPrefixes.Contains(key.Prefix, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return DatasetColumns.FirstOrDefault(column => column.Equals(key.Key, StringComparison.OrdinalIgnoreCase))
            ?? throw new BadInputException($"Invalid dataset key '{key.Key}'. Valid keys are {string.Join(", ", DatasetColumns)}.");
    }

    /// <summary>The table that a key's prefix names.</summary>
    /// <exception cref="BadInputException">There is no such prefix.</exception>
    public SearchValues FindValues(SearchKey key) =>
        Values.TryGetValue(key.Prefix!, out SearchValues? values)
            ? values
            : throw new BadInputException(
                $"Invalid entity type '{key.Prefix}' in '{key}' for a {Noun}. Valid values are {string.Join(", ", Values.Keys)}, attributes.");

    private static Dictionary<string, SearchValues> Tags(SearchValues tags) =>
        new(StringComparer.OrdinalIgnoreCase) { ["tags"] = tags, ["tag"] = tags };
}
