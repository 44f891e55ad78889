using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls that write what a run measured: metrics, parameters, tags, data sets and models. A deleted run takes none.</summary>
internal sealed class RunLogging(StateDatabase state)
{
    /// <summary>The tag in which clients look for the models of a run: a JSON array.</summary>
    private const string ModelsTag = "mlflow.log-model.history";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly string[] ModelFields = ["artifact_path", "flavors", "run_id", "utc_time_created"];

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "runs/log-metric", LogMetricAsync);
        routes.Map("POST", "runs/log-parameter", LogParameterAsync);
        routes.Map("POST", "runs/set-tag", SetTagAsync);
        routes.Map("POST", "runs/delete-tag", DeleteTagAsync);
        routes.Map("POST", "runs/log-batch", LogBatchAsync);
        routes.Map("POST", "runs/log-inputs", LogInputsAsync, MlflowRequest.MaxLargeBodyBytes);
        routes.Map("POST", "runs/log-model", LogModelAsync, MlflowRequest.MaxLargeBodyBytes);
    }

    private Task LogMetricAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        MetricPoint point = Metric(request);
        return OnRunAsync(request, (t, run) => new MetricStore(t).AppendAsync(run, [point]), cancellationToken);
    }

    private Task LogParameterAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        Dictionary<string, string> parameter = new() { [MlflowLimits.Key("parameter", request.Required("key"))] = ParamValue(request) };
        return OnRunAsync(request, (t, run) => new RunStore(t).LogParamsAsync(run, parameter), cancellationToken);
    }

    private Task SetTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        (string key, string value) = MlflowLimits.Tag(request);
        return OnRunAsync(request, (t, run) => SetTagsAsync(t, run, new Dictionary<string, string> { [key] = value }), cancellationToken);
    }

    private Task DeleteTagAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string key = request.Required("key");
        return OnRunAsync(
            request,
            async (t, run) =>
            {
                if (!await new RunStore(t).DeleteTagAsync(run, key))
                {
                    throw MlflowException.NotFound($"No tag with name: {key} in run with id {run}");
                }
            },
            cancellationToken);
    }

    private Task LogBatchAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<MlflowRequest> metrics = request.Objects("metrics");
        IReadOnlyList<MlflowRequest> parameters = request.Objects("params");
        IReadOnlyList<MlflowRequest> tags = request.Objects("tags");
        MlflowLimits.Count("metrics", metrics.Count, MlflowLimits.MaxMetricsPerBatch);
        MlflowLimits.Count("params", parameters.Count, MlflowLimits.MaxParamsPerBatch);
        MlflowLimits.Count("tags", tags.Count, MlflowLimits.MaxTagsPerBatch);
        MlflowLimits.Count("metrics, params, and tags", metrics.Count + parameters.Count + tags.Count, MlflowLimits.MaxEntitiesPerBatch);
        MetricPoint[] points = [.. metrics.Select(Metric)];
        IReadOnlyDictionary<string, string> byKey = Params(parameters);
        IReadOnlyDictionary<string, string> tagsByKey = MlflowLimits.Tags(tags);
        return OnRunAsync(
            request,
            async (t, run) =>
            {
                await new RunStore(t).LogParamsAsync(run, byKey);
                await new MetricStore(t).AppendAsync(run, points);
                await SetTagsAsync(t, run, tagsByKey);
            },
            cancellationToken);
    }

    private Task LogInputsAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<MlflowRequest> inputs = request.Objects("datasets");
        MlflowLimits.Count("datasets", inputs.Count, MlflowLimits.MaxDatasetsPerCall);
        RunDataset[] datasets = [.. inputs.Select(Dataset)];
        return OnRunAsync(
            request,
            async (t, run) =>
            {
                foreach (RunDataset dataset in datasets)
                {
                    await new DatasetStore(t).LogAsync(run, dataset);
                }
            },
            cancellationToken);
    }

    private Task LogModelAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        JsonObject model = Model(request.Required("model_json"));
        return OnRunAsync(
            request,
            async (t, run) =>
            {
                RunStore runs = new(t);
                JsonArray models = ParseModels(await runs.FindTagAsync(run, ModelsTag));

                // Sent again, it is the same model.
                if (!models.Any(logged => JsonNode.DeepEquals(logged, model)))
                {
                    models.Add(model.DeepClone());
                    await runs.SetTagsAsync(run, new Dictionary<string, string> { [ModelsTag] = models.ToJsonString() });
                }
            },
            cancellationToken);
    }

    private Task OnRunAsync(MlflowRequest request, Func<StateTransaction, RunId, Task> write, CancellationToken cancellationToken)
    {
        string id = request.Required("run_id", "run_uuid");
        return state.WriteAsync(async t => await write(t, (await RunEndpoints.FindActiveAsync(t, id)).Id), cancellationToken);
    }

    // A run's name is also its tag: setting the one sets the other.
    private static async Task SetTagsAsync(StateTransaction transaction, RunId run, IReadOnlyDictionary<string, string> tags)
    {
        RunStore runs = new(transaction);
        await runs.SetTagsAsync(run, tags);
        if (tags.GetValueOrDefault(RunStore.NameTag) is { Length: > 0 } name)
        {
            await runs.UpdateAsync(run, name, status: null, ended: null);
        }
    }

    private static MetricPoint Metric(MlflowRequest metric)
    {
        string key = MlflowLimits.Key("metric", metric.Required("key"));
        double value = metric.Number("value");
        metric.Required("timestamp");
        return new(key, value, metric.Whole("step") ?? 0, metric.Time("timestamp")!.Value);
    }

    private static Dictionary<string, string> Params(IReadOnlyList<MlflowRequest> parameters)
    {
        Dictionary<string, string> byKey = new(StringComparer.Ordinal);
        foreach (MlflowRequest parameter in parameters)
        {
            string key = MlflowLimits.Key("parameter", parameter.Required("key"));
            if (!byKey.TryAdd(key, ParamValue(parameter)))
            {
                throw MlflowException.Invalid(
                    $"Duplicate parameter keys have been submitted: ['{key}']. Please ensure the request contains only one param value per param key.");
            }
        }

        return byKey;
    }

    private static string ParamValue(MlflowRequest parameter) =>
        MlflowLimits.Length("Param value", parameter.Given("value") ?? "", MlflowLimits.MaxParamValue);

    private static RunDataset Dataset(MlflowRequest input)
    {
        MlflowRequest dataset = input.Object("dataset");
        return new(
            MlflowLimits.Length("Dataset name", dataset.Required("name"), MlflowLimits.MaxDatasetName),
            MlflowLimits.Length("Dataset digest", dataset.Required("digest"), MlflowLimits.MaxDatasetDigest),
            MlflowLimits.Length("Dataset source type", dataset.Required("source_type"), MlflowLimits.MaxKey),
            MlflowLimits.Length("Dataset source", dataset.Required("source"), MlflowLimits.MaxDatasetSource),
            dataset.Text("schema") is { } schema ? MlflowLimits.Length("Dataset schema", schema, MlflowLimits.MaxDatasetSchema) : null,
            dataset.Text("profile") is { } profile ? MlflowLimits.Length("Dataset profile", profile, MlflowLimits.MaxDatasetProfile) : null,
            MlflowLimits.Tags(input.Objects("tags")));
    }

    private static JsonObject Model(string json)
    {
        JsonObject? model = null;
        try
        {
            model = JsonNode.Parse(json, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            // Answered below, as JSON that is no object is.
        }

        if (model is null)
        {
            throw MlflowException.Invalid($"Malformed model info. \n {json[..Math.Min(json.Length, MlflowLimits.MaxKey)]} \n not a valid JSON.");
        }

        string[] missing = [.. ModelFields.Where(field => !model.ContainsKey(field))];
        return missing.Length == 0
            ? model
            : throw MlflowException.Invalid($"Model json is missing mandatory fields: {string.Join(", ", missing)}");
    }

    private static JsonArray ParseModels(string? tag)
    {
        try
        {
            return tag is null ? [] : JsonNode.Parse(tag, documentOptions: Strict) as JsonArray ?? [];
        }
        catch (JsonException)
        {
            // Somebody set the tag to another text; the history begins anew, as it must to be one.
            return [];
        }
    }
}
