using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Registry.Tests;

/// <summary>The calls with which a notebook writes experiments, runs, metrics, parameters, tags and data sets.</summary>
public abstract class MlflowTrackingWriteTests(RegistryServer server)
{
    [Fact]
    public async Task An_experiment_is_created_renamed_tagged_deleted_and_restored()
    {
        string id = await server.NewExperimentAsync("first name", ("team", "speech"));
        Assert.Equal(Done, await server.CallAsync("experiments/update", new { experiment_id = id, new_name = "second name" }));
        Assert.Equal(Done, await server.CallAsync("experiments/set-experiment-tag", new { experiment_id = id, key = "mlflow.note.content", value = "" }));
        Assert.Equal(
            (200, $$$"""{"experiment":{"experiment_id":"{{{id}}}","name":"second name","artifact_location":"mlflow-artifacts:/{{{id}}}","lifecycle_stage":"active","last_update_time":1700000000000,"creation_time":1700000000000,"tags":[{"key":"mlflow.note.content","value":""},{"key":"team","value":"speech"}]}}"""),
            await server.GetAsync("/api/2.0/mlflow/experiments/get-by-name?experiment_name=second%20name"));
        Assert.Equal(Done, await server.CallAsync("experiments/delete-experiment-tag", new { experiment_id = id, key = "team" }));
        Refused(404, "RESOURCE_DOES_NOT_EXIST", "No tag with name: team", await server.CallAsync("experiments/delete-experiment-tag", new { experiment_id = id, key = "team" }));
        Assert.Equal(Done, await server.CallAsync("experiments/delete", new { experiment_id = id }));
        Refused(404, "RESOURCE_DOES_NOT_EXIST", $"No Experiment with id={id} exists", await server.CallAsync("experiments/delete", new { experiment_id = id }));
        Refused(400, "INVALID_PARAMETER_VALUE", "must be in the 'active' state", await server.CallAsync("runs/create", new { experiment_id = id }));
        Refused(400, "INVALID_PARAMETER_VALUE", "Cannot rename a non-active experiment", await server.CallAsync("experiments/update", new { experiment_id = id, new_name = "third" }));
        Assert.Equal(Done, await server.CallAsync("experiments/restore", new { experiment_id = id }));
        Assert.Equal(200, (await server.CallAsync("runs/create", new { experiment_id = id })).Status);
    }

    [Fact]
    public async Task Deleting_an_experiment_deletes_its_runs_and_restoring_it_restores_them()
    {
        string id = await server.NewExperimentAsync("with runs");
        string run = await server.NewRunAsync(id);
        await server.CallAsync("experiments/delete", new { experiment_id = id });
        Assert.Equal("deleted", (await server.RunAsync(run))["info"]!["lifecycle_stage"]!.GetValue<string>());
        await server.CallAsync("experiments/restore", new { experiment_id = id });
        Assert.Equal("active", (await server.RunAsync(run))["info"]!["lifecycle_stage"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_run_is_answered_in_full_as_it_is_created()
    {
        string experiment = await server.NewExperimentAsync("created runs");
        (int status, string body) = await server.CallAsync(
            "runs/create",
            new
            {
                experiment_id = experiment,
                start_time = 1_700_000_000_123,
                tags = new[] { new { key = "mlflow.user", value = "grace" }, new { key = "mlflow.runName", value = "bold-fox" } },
            });
        string id = JsonNode.Parse(body)!["run"]!["info"]!["run_id"]!.GetValue<string>();
        Assert.Equal(32, id.Length);
        Assert.Equal(
            (200, $$$$"""{"run":{"info":{"run_id":"{{{{id}}}}","run_uuid":"{{{{id}}}}","run_name":"bold-fox","experiment_id":"{{{{experiment}}}}","user_id":"grace","status":"RUNNING","start_time":1700000000123,"artifact_uri":"mlflow-artifacts:/{{{{experiment}}}}/{{{{id}}}}/artifacts","lifecycle_stage":"active"},"data":{"tags":[{"key":"mlflow.runName","value":"bold-fox"},{"key":"mlflow.user","value":"grace"}]}}}"""),
            (status, body));
    }

    [Fact]
    public async Task A_run_is_renamed_and_ended_and_its_name_and_the_tag_agree()
    {
        string run = await server.NewRunAsync();
        (_, string body) = await server.CallAsync("runs/update", new { run_uuid = run, status = "FINISHED", end_time = 1_700_000_005_000, run_name = "best" });
        JsonNode info = JsonNode.Parse(body)!["run_info"]!;
        Assert.Equal(("best", "FINISHED", 1_700_000_005_000), (info["run_name"]!.GetValue<string>(), info["status"]!.GetValue<string>(), info["end_time"]!.GetValue<long>()));
        await server.CallAsync("runs/set-tag", new { run_id = run, key = "mlflow.runName", value = "better" });
        JsonNode found = await server.RunAsync(run);
        Assert.Equal("better", found["info"]!["run_name"]!.GetValue<string>());
        Assert.Contains("""{"key":"mlflow.runName","value":"better"}""", found.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("FINISHED", found["info"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Metrics_keep_every_point_and_the_numbers_that_JSON_does_not_have()
    {
        string run = await server.NewRunAsync();
        foreach ((int time, object value) in new (int, object)[] { (1, 0.5), (2, 0.5), (3, "NaN"), (4, "Infinity"), (5, "-Infinity"), (6, -1e-300) })
        {
            Assert.Equal(Done, await server.CallAsync("runs/log-metric", new { run_id = run, key = "val/loss", value, timestamp = time }));

            // The client sends a call again whose answer was lost.
            Assert.Equal(Done, await server.CallAsync("runs/log-metric", new { run_id = run, key = "val/loss", value, timestamp = time }));
        }

        Assert.Equal(
            (200, """{"metrics":[{"key":"val/loss","value":0.5,"timestamp":1,"step":0},{"key":"val/loss","value":0.5,"timestamp":2,"step":0},{"key":"val/loss","value":"NaN","timestamp":3,"step":0},{"key":"val/loss","value":1.7976931348623157E+308,"timestamp":4,"step":0},{"key":"val/loss","value":-1.7976931348623157E+308,"timestamp":5,"step":0},{"key":"val/loss","value":-1E-300,"timestamp":6,"step":0}]}"""),
            await server.GetAsync($"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=val/loss"));
    }

    [Fact]
    public async Task A_metrics_history_is_read_page_by_page_without_gap_or_repeat()
    {
        string run = await server.NewRunAsync();
        await server.CallAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Range(0, 25).Select(i => new { key = "m", value = i, timestamp = 1, step = i }) });
        List<double> read = [];
        string? token = null;
        do
        {
            (_, string page) = await server.GetAsync($"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m&max_results=10&page_token={token}");
            JsonNode node = JsonNode.Parse(page)!;
            read.AddRange(node["metrics"]!.AsArray().Select(m => m!["value"]!.GetValue<double>()));
            token = node["next_page_token"]?.GetValue<string>();
        }
        while (token is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => (double)i), read);
    }

    [Fact]
    public async Task A_parameter_is_written_once_and_another_value_is_refused_with_the_whole_batch()
    {
        string run = await server.NewRunAsync();
        Assert.Equal(Done, await server.CallAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.1" }));
        Assert.Equal(Done, await server.CallAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.1" }));
        Refused(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed", await server.CallAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.2" }));
        object batch = new { run_id = run, metrics = new[] { new { key = "m", value = 1, timestamp = 1 } }, @params = new[] { new { key = "lr", value = "0.3" } }, tags = new[] { new { key = "t", value = "1" } } };
        Refused(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed", await server.CallAsync("runs/log-batch", batch));
        string data = (await server.RunAsync(run))["data"]!.ToJsonString();
        Assert.Contains("""{"params":[{"key":"lr","value":"0.1"}]""", data, StringComparison.Ordinal);
        Assert.DoesNotContain("metrics", data, StringComparison.Ordinal);
        Assert.DoesNotContain("\"t\"", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_written_and_the_last_tag_of_a_key_counts()
    {
        string run = await server.NewRunAsync();
        object batch = new
        {
            run_id = run,
            metrics = new[] { new { key = "acc", value = 0.5, timestamp = 5L, step = 1 }, new { key = "acc", value = 0.25, timestamp = 4L, step = 2 } },
            @params = new[] { new { key = "empty", value = "" } },
            tags = new[] { new { key = "t", value = "1" }, new { key = "t", value = "2" } },
        };
        Assert.Equal(Done, await server.CallAsync("runs/log-batch", batch));
        Assert.Equal(Done, await server.CallAsync("runs/log-batch", batch));
        string data = (await server.RunAsync(run))["data"]!.ToJsonString();
        Assert.Contains("""{"metrics":[{"key":"acc","value":0.25,"timestamp":4,"step":2}],"params":[{"key":"empty","value":""}],"tags":[""", data, StringComparison.Ordinal);
        Assert.Contains("""{"key":"t","value":"2"}""", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_is_taken_away_once()
    {
        string run = await server.NewRunAsync();
        await server.CallAsync("runs/set-tag", new { run_id = run, key = "note", value = "x" });
        Assert.Equal(Done, await server.CallAsync("runs/delete-tag", new { run_id = run, key = "note" }));
        Refused(404, "RESOURCE_DOES_NOT_EXIST", "No tag with name: note", await server.CallAsync("runs/delete-tag", new { run_id = run, key = "note" }));
    }

    [Fact]
    public async Task A_deleted_run_takes_nothing_until_it_is_restored()
    {
        string run = await server.NewRunAsync();
        Assert.Equal(Done, await server.CallAsync("runs/delete", new { run_id = run }));
        Assert.Equal(Done, await server.CallAsync("runs/delete", new { run_id = run }));
        foreach ((string call, object body) in WritesTo(run))
        {
            Refused(400, "INVALID_PARAMETER_VALUE", $"The run {run} must be in the 'active' state", await server.CallAsync(call, body));
        }

        Assert.Equal(Done, await server.CallAsync("runs/restore", new { run_id = run }));
        foreach ((string call, object body) in WritesTo(run))
        {
            Assert.Equal(200, (await server.CallAsync(call, body)).Status);
        }
    }

    [Fact]
    public async Task Data_sets_of_a_run_are_kept_once_and_searched_by()
    {
        string experiment = await server.NewExperimentAsync("data sets");
        string run = await server.NewRunAsync(experiment);
        await server.NewRunAsync(experiment);
        object inputs = new
        {
            run_id = run,
            datasets = new[] { new { tags = new[] { new { key = "mlflow.data.context", value = "training" } }, dataset = new { name = "speech", digest = "d1", source_type = "local", source = "here" } } },
        };
        Assert.Equal(Done, await server.CallAsync("runs/log-inputs", inputs));
        Assert.Equal(Done, await server.CallAsync("runs/log-inputs", inputs));
        Assert.Equal(
            """{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"speech","digest":"d1","source_type":"local","source":"here"}}]}""",
            (await server.RunAsync(run))["inputs"]!.ToJsonString());
        foreach ((string filter, int found) in new[] { ("dataset.name = 'speech'", 1), ("datasets.context IN ('training','x')", 1), ("dataset.digest LIKE 'e%'", 0) })
        {
            (_, string body) = await server.CallAsync("runs/search", new { experiment_ids = new[] { experiment }, filter });
            Assert.Equal(found, JsonNode.Parse(body)!["runs"]?.AsArray().Count ?? 0);
        }
    }

    [Fact]
    public async Task A_logged_model_joins_the_history_once()
    {
        string run = await server.NewRunAsync();
        string first = $$$"""{"run_id":"{{{run}}}","artifact_path":"model","utc_time_created":"2026-01-01","flavors":{}}""";
        string second = first.Replace("\"model\"", "\"other\"", StringComparison.Ordinal);
        foreach (string model_json in new[] { first, first, second })
        {
            Assert.Equal(Done, await server.CallAsync("runs/log-model", new { run_id = run, model_json }));
        }

        JsonNode tag = (await server.RunAsync(run))["data"]!["tags"]!.AsArray().Single(t => t!["key"]!.GetValue<string>() == "mlflow.log-model.history")!;
        Assert.Equal($"[{first},{second}]", tag["value"]!.GetValue<string>());
        Refused(400, "INVALID_PARAMETER_VALUE", "Model json is missing mandatory fields: artifact_path, flavors", await server.CallAsync("runs/log-model", new { run_id = run, model_json = """{"run_id":"x","utc_time_created":"y"}""" }));
        Refused(400, "INVALID_PARAMETER_VALUE", "not a valid JSON", await server.CallAsync("runs/log-model", new { run_id = run, model_json = "{" }));
    }

    public static TheoryData<string, string, string, string> Refusals => new()
    {
        { "experiments/create", """{}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'" },
        { "experiments/create", """{"name":"demo"}""", "RESOURCE_ALREADY_EXISTS", "Experiment(name=demo) already exists" },
        { "experiments/create", """{"name":"x","artifact_location":"mlflow-artifacts:/elsewhere"}""", "INVALID_PARAMETER_VALUE", "artifact_location" },
        { "experiments/update", """{"experiment_id":"1","new_name":"Default"}""", "RESOURCE_ALREADY_EXISTS", "Experiment(name=Default) already exists" },
        { "experiments/delete", """{"experiment_id":"0"}""", "INVALID_PARAMETER_VALUE", "default experiment" },
        { "runs/create", """{"experiment_id":"99"}""", "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=99 exists" },
        { "runs/create", """{"experiment_id":"1","run_name":"a","tags":[{"key":"mlflow.runName","value":"b"}]}""", "INVALID_PARAMETER_VALUE", "different values" },
        { "runs/create", """{"experiment_id":"1","start_time":-1}""", "INVALID_PARAMETER_VALUE", "Timestamp must be a nonnegative long" },
        { "runs/create", """{"experiment_id":"1","start_time":9223372036854775807}""", "INVALID_PARAMETER_VALUE", "Timestamp must be a nonnegative long" },
        { "runs/update", """{"run_id":"RUN","status":"DONE"}""", "INVALID_PARAMETER_VALUE", "Invalid value DONE for parameter 'status' supplied" },
        { "runs/update", """{"run_id":"RUN","status":"2"}""", "INVALID_PARAMETER_VALUE", "Invalid value 2 for parameter 'status' supplied" },
        { "runs/log-metric", """{"run_id":"RUN","key":"m","value":"one","timestamp":1}""", "INVALID_PARAMETER_VALUE", "Invalid value one for parameter 'value' supplied" },
        { "runs/log-metric", """{"run_id":"RUN","key":"m","value":1}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'timestamp'" },
        { "runs/log-metric", """{"run_id":"RUN","key":"m","value":1,"timestamp":1,"step":1.5}""", "INVALID_PARAMETER_VALUE", "Invalid value 1.5 for parameter 'step' supplied" },
        { "runs/log-metric", """{"run_id":"RUN","key":"a//b","value":1,"timestamp":1}""", "INVALID_PARAMETER_VALUE", "Invalid metric name: 'a//b'" },
        { "runs/log-metric", """{"run_id":"RUN","key":"../b","value":1,"timestamp":1}""", "INVALID_PARAMETER_VALUE", "Invalid metric name: '../b'" },
        { "runs/log-metric", """{"run_id":"RUN","key":"a*b","value":1,"timestamp":1}""", "INVALID_PARAMETER_VALUE", "Names may only contain alphanumerics" },
        { "runs/log-metric", """{"run_id":"none","key":"m","value":1,"timestamp":1}""", "RESOURCE_DOES_NOT_EXIST", "Run with id=none not found" },
        { "runs/log-parameter", """{"run_id":"RUN","key":["a"],"value":{}}""", "INVALID_PARAMETER_VALUE", "Invalid value {} for parameter 'value' supplied" },
        { "runs/set-tag", """{"run_id":"RUN","value":"x"}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'key'" },
        { "runs/set-tag", """{"run_id":"RUN","key":"k","value":"\ud800"}""", "INVALID_PARAMETER_VALUE", "for parameter 'value' supplied" },
        { "runs/log-batch", """{"run_id":"RUN","metrics":{"key":"m"}}""", "INVALID_PARAMETER_VALUE", "for parameter 'metrics' supplied" },
        { "runs/log-batch", """{"run_id":"RUN","params":[{"key":"p","value":"1"},{"key":"p","value":"1"}]}""", "INVALID_PARAMETER_VALUE", "Duplicate parameter keys have been submitted: ['p']" },
        { "runs/log-inputs", """{"run_id":"RUN","datasets":[{"dataset":{"name":"n","digest":"d"}}]}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'source_type'" },
        { "runs/log-inputs", """{"run_id":"RUN","datasets":[{}]}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'dataset'" },
        { "runs/log-batch", """[1]""", "INVALID_PARAMETER_VALUE", "not a JSON object" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_bad_write_is_refused_with_MLflows_code_and_words(string call, string body, string code, string words)
    {
        string run = await server.NewRunAsync();
        (int, string) answer = await server.SendAsync("POST", "/api/2.0/mlflow/" + call, body.Replace("RUN", run, StringComparison.Ordinal));
        Refused(code == "RESOURCE_DOES_NOT_EXIST" ? 404 : 400, code, words, answer);
    }

    [Fact]
    public async Task What_is_too_much_or_too_long_is_refused_naming_the_limit()
    {
        string run = await server.NewRunAsync();
        (object Body, string Words)[] batches =
        [
            (new { run_id = run, metrics = Enumerable.Range(0, 1001).Select(i => new { key = "m", value = i, timestamp = 1 }) }, "at most 1000 metrics. Got 1001"),
            (new { run_id = run, @params = Enumerable.Range(0, 101).Select(i => new { key = $"p{i}", value = "1" }) }, "at most 100 params. Got 101"),
            (new { run_id = run, tags = Enumerable.Range(0, 101).Select(i => new { key = $"t{i}", value = "1" }) }, "at most 100 tags. Got 101"),
            (new { run_id = run, metrics = Enumerable.Range(0, 950).Select(i => new { key = "m", value = i, timestamp = 1 }), tags = Enumerable.Range(0, 51).Select(i => new { key = $"t{i}", value = "1" }) }, "Got 1001 metrics, params, and tags"),
            (new { run_id = run, tags = new[] { new { key = new string('k', 251), value = "1" } } }, "had length 251, which exceeded length limit of 250"),
            (new { run_id = run, @params = new[] { new { key = "k", value = new string('v', 6001) } } }, "had length 6001, which exceeded length limit of 6000"),
            (new { run_id = run, tags = new[] { new { key = "k", value = new string('v', 8001) } } }, "had length 8001, which exceeded length limit of 8000"),
            (new { run_id = run, tags = new[] { new { key = "k", value = new string('v', 1_000_000) } } }, "larger than 1000000 bytes"),
        ];
        foreach ((object body, string words) in batches)
        {
            Refused(400, "INVALID_PARAMETER_VALUE", words, await server.CallAsync("runs/log-batch", body));
        }

        Assert.Equal(["tags"], (await server.RunAsync(run))["data"]!.AsObject().Select(d => d.Key));
    }

    [Fact]
    public async Task A_form_that_another_sites_page_could_send_is_refused()
    {
        (int, string) answer = await server.SendAsync("POST", "/api/2.0/mlflow/experiments/create", """{"name":"forged"}""", "text/plain");
        Refused(400, "INVALID_PARAMETER_VALUE", "Content type must be one of ['application/json']", answer);
        Assert.Equal(404, (await server.GetAsync("/api/2.0/mlflow/experiments/get-by-name?experiment_name=forged")).Status);
    }

    private static (int, string) Done => (200, "{}");

    internal static void Refused(int status, string code, string words, (int Status, string Body) answer)
    {
        Assert.Equal(status, answer.Status);
        JsonElement error = JsonElement.Parse(answer.Body);
        Assert.Equal(code, error.GetProperty("error_code").GetString());
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static (string Call, object Body)[] WritesTo(string run) =>
    [
        ("runs/update", new { run_id = run, run_name = "n" }),
        ("runs/log-metric", new { run_id = run, key = "m", value = 1, timestamp = 1 }),
        ("runs/log-parameter", new { run_id = run, key = "p", value = "1" }),
        ("runs/set-tag", new { run_id = run, key = "t", value = "1" }),
        ("runs/delete-tag", new { run_id = run, key = "t" }),
        ("runs/log-batch", new { run_id = run, tags = new[] { new { key = "t", value = "1" } } }),
        ("runs/log-inputs", new { run_id = run }),
        ("runs/log-model", new { run_id = run, model_json = """{"run_id":"","artifact_path":"","utc_time_created":"","flavors":""}""" }),
    ];
}

public sealed class SqliteMlflowTrackingWriteTests(SqliteRegistryServer server) : MlflowTrackingWriteTests(server), IClassFixture<SqliteRegistryServer>;

public sealed class PostgresMlflowTrackingWriteTests(PostgresRegistryServer server) : MlflowTrackingWriteTests(server), IClassFixture<PostgresRegistryServer>;
