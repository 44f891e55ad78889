using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;

namespace Pipeline.Registry.Mlflow;

/// <summary>Turns the registry's records into MLflow's messages.</summary>
internal static class MlflowMessages
{
    public static ExperimentMessage Of(Experiment e) => new(
        e.Id.ToString(),
        e.Name,
        e.ArtifactLocation,
        Stage.Name(e.Deleted),
        e.Updated.ToUnixTimeMilliseconds(),
        e.Created.ToUnixTimeMilliseconds(),
        Of(e.Tags));

    public static RunMessage Of(Run run) => new(
        Of(run.Info),
        new RunDataMessage(List(run.Metrics.Values, Of), Of(run.Params), Of(run.Tags)),
        run.Datasets.Count == 0 ? null : new RunInputsMessage([.. run.Datasets.Select(Of)]));

    public static RunInfoMessage Of(RunInfo info) => new(
        info.Id.Value,
        info.Id.Value,
        info.Name,
        info.Experiment.ToString(),
        info.User,
        info.Status.ToString().ToUpperInvariant(),
        info.Started.ToUnixTimeMilliseconds(),
        info.Ended?.ToUnixTimeMilliseconds(),
        info.ArtifactUri,
        Stage.Name(info.Deleted));

    public static DatasetInputMessage Of(RunDataset d) =>
        new(Of(d.Tags), new DatasetMessage(d.Name, d.Digest, d.SourceType, d.Source, d.Schema, d.Profile));

    public static MetricMessage Of(MetricPoint point) => new(point.Key, point.Value, point.Time.ToUnixTimeMilliseconds(), point.Step);

    public static RegisteredModelMessage Of(RegisteredModel model, IEnumerable<ModelVersion> latest) => new(
        model.Name,
        model.Created.ToUnixTimeMilliseconds(),
        model.Updated.ToUnixTimeMilliseconds(),
        NullIfEmpty(model.Description),
        List(latest, Of),
        Of(model.Tags),
        List(model.Aliases, a => new AliasMessage(a.Key, VersionText(a.Value))));

    public static ModelVersionMessage Of(ModelVersion v) => new(
        v.Name,
        VersionText(v.Version),
        v.Created.ToUnixTimeMilliseconds(),
        v.Updated.ToUnixTimeMilliseconds(),
        v.User,
        ModelStages.None,
        NullIfEmpty(v.Description),
        v.Source,
        v.Run?.Value,
        "READY",
        Of(v.Tags),
        v.Aliases.Count == 0 ? null : v.Aliases);

    /// <summary>The messages of a list; null, which is left out, where it is empty.</summary>
    public static IReadOnlyList<TMessage>? List<T, TMessage>(IEnumerable<T> items, Func<T, TMessage> message)
    {
        TMessage[] messages = [.. items.Select(message)];
        return messages.Length == 0 ? null : messages;
    }

    private static IReadOnlyList<KeyValueMessage>? Of(IReadOnlyDictionary<string, string> values) =>
        List(values, v => new KeyValueMessage(v.Key, v.Value));

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string VersionText(long version) => version.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>MLflow's stages, which aliases replaced: every version of ours stands in the first.</summary>
internal static class ModelStages
{
    public const string None = "None";

    public static readonly IReadOnlyList<string> All = [None, "Staging", "Production", "Archived"];
}
