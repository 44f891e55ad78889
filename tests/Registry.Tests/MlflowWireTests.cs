using System.Text.Json;

namespace Pipeline.Registry.Tests;

/// <summary>The JSON that MLflow's clients read, to the byte.</summary>
public abstract class MlflowWireTests(RegistryServer server)
{
    private const string FirstRun =
        """
        {"info":{"run_id":"00000000000000000000000000000001","run_uuid":"00000000000000000000000000000001","run_name":"demo/0","experiment_id":"1","user_id":"ada","status":"FINISHED","start_time":1700000000000,"end_time":1700000009000,"artifact_uri":"mlflow-artifacts:/1/00000000000000000000000000000001/artifacts","lifecycle_stage":"active"},"data":{"metrics":[{"key":"train/loss","value":"NaN","timestamp":1700000000000,"step":1},{"key":"val/accuracy","value":0.3,"timestamp":1700000001000,"step":2}],"params":[{"key":"model.tau","value":"1.5"}],"tags":[{"key":"mlflow.runName","value":"demo/0"},{"key":"mlflow.user","value":"ada"}]}}
        """;

    private const string SecondRun =
        """
        {"info":{"run_id":"00000000000000000000000000000002","run_uuid":"00000000000000000000000000000002","run_name":"demo/60","experiment_id":"1","user_id":"ada","status":"RUNNING","start_time":1700000060000,"artifact_uri":"mlflow-artifacts:/1/00000000000000000000000000000002/artifacts","lifecycle_stage":"active"},"data":{"metrics":[{"key":"val/accuracy","value":1.6,"timestamp":1700000001000,"step":2}],"params":[{"key":"model.tau","value":"8"}],"tags":[{"key":"mlflow.runName","value":"demo/60"},{"key":"mlflow.user","value":"ada"}]}}
        """;

    private const string Version =
        """
        {"name":"kws","version":"1","creation_timestamp":1700000010000,"last_updated_timestamp":1700000010000,"user_id":"ada","current_stage":"None","source":"mlflow-artifacts:/1/00000000000000000000000000000001/artifacts/model","run_id":"00000000000000000000000000000001","status":"READY","aliases":["challenger"]}
        """;

    private const string Model =
        $$"""
        {"name":"kws","creation_timestamp":1700000010000,"last_updated_timestamp":1700000010000,"latest_versions":[{{Version}}],"aliases":[{"alias":"challenger","version":"1"}]}
        """;

    private const string Experiment =
        """
        {"experiment_id":"1","name":"demo","artifact_location":"mlflow-artifacts:/1","lifecycle_stage":"active","last_update_time":1700000000000,"creation_time":1700000000000}
        """;

    public static TheoryData<string, string> Answers => new()
    {
        { "runs/get?run_id=00000000000000000000000000000001", $$"""{"run":{{FirstRun}}}""" },
        { "runs/get?run_uuid=00000000000000000000000000000002", $$"""{"run":{{SecondRun}}}""" },
        { "experiments/get?experiment_id=1", $$"""{"experiment":{{Experiment}}}""" },
        { "experiments/get-by-name?experiment_name=demo", $$"""{"experiment":{{Experiment}}}""" },
        {
            "experiments/get?experiment_id=0",
            """{"experiment":{"experiment_id":"0","name":"Default","artifact_location":"mlflow-artifacts:/0","lifecycle_stage":"active","last_update_time":0,"creation_time":0}}"""
        },
        {
            "metrics/get-history?run_id=00000000000000000000000000000001&metric_key=val/accuracy",
            """{"metrics":[{"key":"val/accuracy","value":0.15,"timestamp":1700000000000,"step":1},{"key":"val/accuracy","value":0.3,"timestamp":1700000001000,"step":2}]}"""
        },
        {
            "metrics/get-history?run_id=00000000000000000000000000000001&metric_key=val/accuracy&max_results=1",
            """{"metrics":[{"key":"val/accuracy","value":0.15,"timestamp":1700000000000,"step":1}],"next_page_token":"eyJvZmZzZXQiOiAxfQ=="}"""
        },
        { "metrics/get-history?run_id=00000000000000000000000000000001&metric_key=none", "{}" },
        { "registered-models/get?name=kws", $$"""{"registered_model":{{Model}}}""" },
        { "registered-models/search", $$"""{"registered_models":[{{Model}}]}""" },
        { "registered-models/alias?name=kws&alias=challenger", $$"""{"model_version":{{Version}}}""" },
        { "registered-models/get-latest-versions?name=kws", $$"""{"model_versions":[{{Version}}]}""" },
        { "registered-models/get-latest-versions?name=kws&stages=Production", "{}" },
        { "model-versions/get?name=kws&version=1", $$"""{"model_version":{{Version}}}""" },
        { "model-versions/search?filter=name%3D%27kws%27", $$"""{"model_versions":[{{Version}}]}""" },
        {
            "model-versions/get-download-uri?name=kws&version=1",
            """{"artifact_uri":"mlflow-artifacts:/1/00000000000000000000000000000001/artifacts/model"}"""
        },
        {
            "artifacts/list?run_id=00000000000000000000000000000001",
            """{"root_uri":"mlflow-artifacts:/1/00000000000000000000000000000001/artifacts","files":[{"path":"confusion.json","is_dir":false,"file_size":71},{"path":"model","is_dir":true}]}"""
        },
        {
            "artifacts/list?run_id=00000000000000000000000000000002",
            """{"root_uri":"mlflow-artifacts:/1/00000000000000000000000000000002/artifacts"}"""
        },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_get_answers_with_the_exact_message_under_both_prefixes(string call, string expected)
    {
        Assert.Equal((200, expected.Trim()), await server.GetAsync("/api/2.0/mlflow/" + call));
        Assert.Equal((200, expected.Trim()), await server.GetAsync("/ajax-api/2.0/mlflow/" + call));
    }

    public static TheoryData<string, int, string, string> Failures => new()
    {
        { "runs/get", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'run_id'" },
        { "runs/get?run_id=00000000000000000000000000000009", 404, "RESOURCE_DOES_NOT_EXIST", "Run with id=00000000000000000000000000000009 not found" },
        { "runs/get?run_id=..%2F..", 400, "INVALID_PARAMETER_VALUE", "Invalid run ID" },
        { "experiments/get?experiment_id=77", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=77 exists" },
        { "experiments/get?experiment_id=x", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=x exists" },
        { "experiments/search?max_results=0", 400, "INVALID_PARAMETER_VALUE", "Invalid value 0 for parameter 'max_results' supplied" },
        { "experiments/search?max_results=abc", 400, "INVALID_PARAMETER_VALUE", "Invalid value abc for parameter 'max_results' supplied" },
        { "experiments/search?page_token=%21", 400, "INVALID_PARAMETER_VALUE", "Invalid page token" },
        { "registered-models/get?name=none", 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found" },
        { "registered-models/alias?name=kws&alias=none", 400, "INVALID_PARAMETER_VALUE", "Registered model alias none not found." },
        { "model-versions/get?name=kws&version=9", 404, "RESOURCE_DOES_NOT_EXIST", "Model Version (name=kws, version=9) not found" },
        { "model-versions/get?name=kws&version=one", 400, "INVALID_PARAMETER_VALUE", "Parameter 'version' must be an integer" },
        { "artifacts/list?run_id=00000000000000000000000000000001&path=../x", 400, "INVALID_PARAMETER_VALUE", "Invalid path" },
        { "no/such/call", 404, "ENDPOINT_NOT_FOUND", "There is no endpoint GET" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_bad_call_answers_with_MLflows_status_code_and_words(string call, int status, string code, string words)
    {
        (int found, string body) = await server.GetAsync("/api/2.0/mlflow/" + call);
        Assert.Equal(status, found);
        JsonElement error = JsonElement.Parse(body);
        Assert.Equal(code, error.GetProperty("error_code").GetString());
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_searched_newest_first_and_paged_by_token()
    {
        Assert.Equal((200, $$"""{"runs":[{{SecondRun.Trim()}},{{FirstRun.Trim()}}]}"""), await server.PostAsync("/api/2.0/mlflow/runs/search", new { experiment_ids = new[] { "1" } }));
        (_, string page) = await server.PostAsync("/api/2.0/mlflow/runs/search", new { experiment_ids = new[] { "1" }, max_results = 1 });
        string token = JsonElement.Parse(page).GetProperty("next_page_token").GetString()!;
        Assert.Equal(
            (200, $$"""{"runs":[{{FirstRun.Trim()}}]}"""),
            await server.PostAsync("/api/2.0/mlflow/runs/search", new { experiment_ids = new[] { "1" }, max_results = 1, page_token = token }));
    }

    [Fact]
    public async Task Unknown_fields_and_a_body_sent_as_a_JSON_string_are_taken()
    {
        string body = """{"experiment_ids":["1"],"filter":"params.model.tau = '8'","colour":"blue"}""";
        Assert.Equal((200, $$"""{"runs":[{{SecondRun.Trim()}}]}"""), await server.PostAsync("/api/2.0/mlflow/runs/search", body));
    }

    [Fact]
    public async Task A_repeated_query_parameter_comes_once_often_or_with_brackets()
    {
        foreach (string stages in new[] { "stages=None", "stages=Production&stages=None", "stages[]=Staging&stages[]=none" })
        {
            Assert.Equal(
                (200, $$"""{"model_versions":[{{Version.Trim()}}]}"""),
                await server.GetAsync("/api/2.0/mlflow/registered-models/get-latest-versions?name=kws&" + stages));
        }
    }

    [Fact]
    public async Task Artifacts_are_listed_and_downloaded_through_the_proxy()
    {
        const string root = "1/00000000000000000000000000000001/artifacts";
        (_, string files) = await server.GetAsync($"/api/2.0/mlflow-artifacts/artifacts?path={root}/model");
        Assert.Equal("""{"files":[{"path":"description.json","is_dir":false,"file_size":399},{"path":"weights.safetensors","is_dir":false,"file_size":3}]}""", files);
        Assert.Equal([1, 2, 3], await server.Http.GetByteArrayAsync($"/api/2.0/mlflow-artifacts/artifacts/{root}/model/weights.safetensors"));
        (_, string confusion) = await server.GetAsync("/get-artifact?run_id=00000000000000000000000000000001&path=confusion.json");
        Assert.Equal("""{"classes":["_silence_","no","yes"],"counts":[[1,0,0],[0,2,1],[0,0,3]]}""", confusion);
        Assert.Equal([1, 2, 3], await server.Http.GetByteArrayAsync("/model-versions/get-artifact?name=kws&version=1&path=weights.safetensors"));
        Assert.Equal(404, (await server.GetAsync($"/api/2.0/mlflow-artifacts/artifacts/{root}/none.txt")).Status);
        Assert.Equal(404, (await server.GetAsync("/api/2.0/mlflow-artifacts/artifacts/2/00000000000000000000000000000001/artifacts/confusion.json")).Status);
    }

    [Fact]
    public async Task Health_and_version_are_plain_text()
    {
        Assert.Equal((200, "OK"), await server.GetAsync("/health"));
        Assert.Equal(200, (await server.GetAsync("/version")).Status);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        (int status, string body) = await server.PostAsync("/api/2.0/mlflow/runs/search", new { filter = new string('x', 1_000_001) });
        Assert.Equal(400, status);
        Assert.Contains("larger than 1000000 bytes", body, StringComparison.Ordinal);
    }
}

public sealed class SqliteMlflowWireTests(SqliteRegistryServer server) : MlflowWireTests(server), IClassFixture<SqliteRegistryServer>;

public sealed class PostgresMlflowWireTests(PostgresRegistryServer server) : MlflowWireTests(server), IClassFixture<PostgresRegistryServer>;
