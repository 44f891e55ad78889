using System.Text.Json.Nodes;
using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;

namespace Pipeline.Registry.Tests;

/// <summary>The calls with which a notebook writes registered models, versions and aliases.</summary>
public abstract class MlflowRegistryWriteTests(RegistryServer server)
{
    private static (int, string) Done => (200, "{}");

    [Fact]
    public async Task A_model_is_created_described_tagged_and_deleted()
    {
        Assert.Equal(
            (200, """{"registered_model":{"name":"life","creation_timestamp":1700000000000,"last_updated_timestamp":1700000000000,"description":"first","tags":[{"key":"team","value":"speech"}]}}"""),
            await server.CallAsync("registered-models/create", new { name = "life", description = "first", tags = new[] { new { key = "team", value = "speech" } } }));
        MlflowTrackingWriteTests.Refused(400, "RESOURCE_ALREADY_EXISTS", "Registered Model (name=life) already exists", await server.CallAsync("registered-models/create", new { name = "life" }));
        Assert.Contains("\"description\":\"second\"", (await server.CallAsync("PATCH", "registered-models/update", new { name = "life", description = "second" })).Body, StringComparison.Ordinal);
        Assert.Equal(Done, await server.CallAsync("registered-models/set-tag", new { name = "life", key = "k", value = "v" }));
        Assert.Equal(Done, await server.CallAsync("DELETE", "registered-models/delete-tag", new { name = "life", key = "team" }));
        Assert.Contains("\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]", (await server.GetAsync("/api/2.0/mlflow/registered-models/get?name=life")).Body, StringComparison.Ordinal);
        Assert.Equal(Done, await server.CallAsync("DELETE", "registered-models/delete", new { name = "life" }));
        Assert.Equal(404, (await server.GetAsync("/api/2.0/mlflow/registered-models/get?name=life")).Status);
        Assert.Equal((200, "{}"), await server.GetAsync("/api/2.0/mlflow/registered-models/search?filter=name%3D%27life%27"));
    }

    [Fact]
    public async Task A_version_is_created_described_tagged_and_deleted_and_its_number_is_not_given_again()
    {
        await server.CallAsync("registered-models/create", new { name = "numbers" });
        object body = new { name = "numbers", source = "s3://bucket/model", description = "d", tags = new[] { new { key = "a", value = "b" } } };
        Assert.Equal(
            (200, """{"model_version":{"name":"numbers","version":"1","creation_timestamp":1700000000000,"last_updated_timestamp":1700000000000,"user_id":"mlflow","current_stage":"None","description":"d","source":"s3://bucket/model","status":"READY","tags":[{"key":"a","value":"b"}]}}"""),
            await server.CallAsync("model-versions/create", body));
        Assert.Contains("\"version\":\"2\"", (await server.CallAsync("model-versions/create", body)).Body, StringComparison.Ordinal);
        Assert.Contains("\"description\":\"new\"", (await server.CallAsync("PATCH", "model-versions/update", new { name = "numbers", version = "2", description = "new" })).Body, StringComparison.Ordinal);
        Assert.Equal(Done, await server.CallAsync("model-versions/set-tag", new { name = "numbers", version = "2", key = "c", value = "d" }));
        Assert.Equal(Done, await server.CallAsync("DELETE", "model-versions/delete-tag", new { name = "numbers", version = "2", key = "a" }));
        Assert.Contains("\"tags\":[{\"key\":\"c\",\"value\":\"d\"}]", (await server.GetAsync("/api/2.0/mlflow/model-versions/get?name=numbers&version=2")).Body, StringComparison.Ordinal);
        Assert.Equal(Done, await server.CallAsync("DELETE", "model-versions/delete", new { name = "numbers", version = "2" }));
        MlflowTrackingWriteTests.Refused(404, "RESOURCE_DOES_NOT_EXIST", "Model Version (name=numbers, version=2) not found", await server.CallAsync("DELETE", "model-versions/delete", new { name = "numbers", version = "2" }));
        Assert.Contains("\"version\":\"3\"", (await server.CallAsync("model-versions/create", body)).Body, StringComparison.Ordinal);
        await server.CallAsync("DELETE", "registered-models/delete", new { name = "numbers" });
        await server.CallAsync("registered-models/create", new { name = "numbers" });
        Assert.Contains("\"version\":\"4\"", (await server.CallAsync("model-versions/create", body)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alias_is_moved_and_deleted_and_each_move_is_a_line_of_the_promotion_log_and_told_once_committed()
    {
        await server.CallAsync("registered-models/create", new { name = "aliased" });
        await NewVersionsAsync("aliased", 2);
        foreach (string version in new[] { "1", "2", "2" })
        {
            Assert.Equal(Done, await server.CallAsync("registered-models/alias", new { name = "aliased", alias = "champion", version }));
        }

        Assert.Contains("\"version\":\"2\"", (await server.GetAsync("/api/2.0/mlflow/registered-models/alias?name=aliased&alias=champion")).Body, StringComparison.Ordinal);
        Assert.Equal(Done, await server.CallAsync("DELETE", "registered-models/alias", new { name = "aliased", alias = "champion" }));
        Assert.Equal(Done, await server.CallAsync("DELETE", "registered-models/alias", new { name = "aliased", alias = "champion" }));
        Assert.Equal(["1: none -> 1 mlflow", "2: 1 -> 2 mlflow", "3: 2 -> none mlflow"], await LogAsync("aliased"));
        Assert.Contains("aliased@champion", server.MovedAliases);
    }

    [Fact]
    public async Task Deleting_a_version_takes_its_aliases_away_by_the_log()
    {
        await server.CallAsync("registered-models/create", new { name = "shrinking" });
        await NewVersionsAsync("shrinking", 1);
        await server.CallAsync("registered-models/alias", new { name = "shrinking", alias = "a", version = "1" });
        Assert.Equal(Done, await server.CallAsync("DELETE", "model-versions/delete", new { name = "shrinking", version = "1" }));
        Assert.Equal(["1: none -> 1 mlflow", "2: 1 -> none mlflow"], await LogAsync("shrinking"));
    }

    [Fact]
    public async Task What_a_fleet_runs_is_neither_deleted_nor_renamed()
    {
        await server.CallAsync("registered-models/create", new { name = "deployed" });
        await NewVersionsAsync("deployed", 1);
        await server.State.WriteAsync(
            t => new ModelStore(t).SetAliasAsync("deployed", "champion", 1, "ada", "", RegistryServer.Start, PromotionKind.Promoted, "lab"), default);
        foreach ((string method, string call, object body) in new (string, string, object)[]
        {
            ("DELETE", "model-versions/delete", new { name = "deployed", version = "1" }),
            ("DELETE", "registered-models/delete", new { name = "deployed" }),
            ("POST", "registered-models/rename", new { name = "deployed", new_name = "elsewhere" }),
        })
        {
            MlflowTrackingWriteTests.Refused(400, "INVALID_PARAMETER_VALUE", "what fleet 'lab' runs", await server.CallAsync(method, call, body));
        }

        Assert.Equal(200, (await server.GetAsync("/api/2.0/mlflow/model-versions/get?name=deployed&version=1")).Status);
    }

    [Fact]
    public async Task A_renamed_model_keeps_versions_tags_aliases_and_log_and_its_old_name_is_free_with_later_numbers()
    {
        await server.CallAsync("registered-models/create", new { name = "before", tags = new[] { new { key = "k", value = "v" } } });
        await NewVersionsAsync("before", 2);
        await server.CallAsync("model-versions/set-tag", new { name = "before", version = "2", key = "t", value = "1" });
        await server.CallAsync("registered-models/alias", new { name = "before", alias = "a", version = "2" });
        (int status, string body) = await server.CallAsync("registered-models/rename", new { name = "before", new_name = "after" });
        Assert.Equal(200, status);
        Assert.Contains("""[{"key":"k","value":"v"}],"aliases":[{"alias":"a","version":"2"}]""", body, StringComparison.Ordinal);
        Assert.Contains("""[{"key":"t","value":"1"}]""", (await server.GetAsync("/api/2.0/mlflow/registered-models/alias?name=after&alias=a")).Body, StringComparison.Ordinal);
        Assert.Equal(["1: none -> 2 mlflow"], await LogAsync("after"));
        Assert.Equal(404, (await server.GetAsync("/api/2.0/mlflow/registered-models/get?name=before")).Status);
        await server.CallAsync("registered-models/create", new { name = "before" });
        Assert.Equal("3", (await NewVersionsAsync("before", 1))[0]);
        MlflowTrackingWriteTests.Refused(400, "RESOURCE_ALREADY_EXISTS", "(name=after) already exists", await server.CallAsync("registered-models/rename", new { name = "before", new_name = "after" }));
    }

    [Fact]
    public async Task The_model_of_a_trial_that_a_client_registers_can_be_built_and_another_cannot()
    {
        await server.CallAsync("registered-models/create", new { name = "ours" });
        string source = $"mlflow-artifacts:/1/{RegistryServer.First}/artifacts/model";
        Assert.Equal(200, (await server.CallAsync("model-versions/create", new { name = "ours", source, run_id = RegistryServer.First.Value })).Status);
        await NewVersionsAsync("ours", 1);
        ModelVersion[] versions = [.. await server.State.ReadAsync(t => new ModelStore(t).ListVersionsAsync("ours"), default)];
        Assert.Equal("bc-resnet", versions[1].Trained.Model);
        Assert.Contains("was registered by an MLflow client", Assert.Throws<BadInputException>(() => versions[0].Trained).Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], await server.Http.GetByteArrayAsync("/model-versions/get-artifact?name=ours&version=1&path=weights.safetensors"));
    }

    public static TheoryData<string, string, string, string, string> Refusals => new()
    {
        { "POST", "registered-models/create", """{"name":""}""", "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'" },
        { "POST", "registered-models/create", """{"name":"a/b"}""", "INVALID_PARAMETER_VALUE", "is not a name for a registered model" },
        { "PATCH", "registered-models/update", """{"name":"none","description":""}""", "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found" },
        { "DELETE", "registered-models/delete", """{"name":"none"}""", "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found" },
        { "POST", "registered-models/rename", """{"name":"none","new_name":"x"}""", "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found" },
        { "POST", "registered-models/alias", """{"name":"kws","alias":"latest","version":"1"}""", "INVALID_PARAMETER_VALUE", "reserved" },
        { "POST", "registered-models/alias", """{"name":"kws","alias":"a","version":"99"}""", "RESOURCE_DOES_NOT_EXIST", "Model Version (name=kws, version=99) not found" },
        { "POST", "registered-models/alias", """{"name":"kws","alias":"a","version":"x"}""", "INVALID_PARAMETER_VALUE", "Parameter 'version' must be an integer" },
        { "POST", "model-versions/create", """{"name":"none","source":"s3://a"}""", "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found" },
        { "POST", "model-versions/create", """{"name":"kws","source":"/etc"}""", "INVALID_PARAMETER_VALUE", "Invalid model version source: '/etc'" },
        { "POST", "model-versions/create", """{"name":"kws","source":"file:///etc"}""", "INVALID_PARAMETER_VALUE", "Invalid model version source" },
        { "POST", "model-versions/create", """{"name":"kws","source":"./model"}""", "INVALID_PARAMETER_VALUE", "Invalid model version source" },
        { "POST", "model-versions/create", """{"name":"kws","source":"mlflow-artifacts:/1/../../x"}""", "INVALID_PARAMETER_VALUE", "Invalid model version source" },
        { "POST", "model-versions/create", """{"name":"kws","source":"s3://a/%252e%252e/x"}""", "INVALID_PARAMETER_VALUE", "Invalid model version source" },
        { "POST", "model-versions/transition-stage", """{"name":"kws","version":"1","stage":"Production"}""", "INVALID_PARAMETER_VALUE", "set an alias, for example production" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_bad_write_is_refused_with_MLflows_code_and_words(string method, string call, string body, string code, string words)
    {
        (int, string) answer = await server.SendAsync(method, "/api/2.0/mlflow/" + call, body);
        MlflowTrackingWriteTests.Refused(code == "RESOURCE_DOES_NOT_EXIST" ? 404 : 400, code, words, answer);
    }

    private async Task<List<string>> NewVersionsAsync(string name, int count)
    {
        List<string> versions = [];
        for (int i = 0; i < count; i++)
        {
            (_, string body) = await server.CallAsync("model-versions/create", new { name, source = "models:/elsewhere" });
            versions.Add(JsonNode.Parse(body)!["model_version"]!["version"]!.GetValue<string>());
        }

        return versions;
    }

    private async Task<string[]> LogAsync(string model) =>
        [.. (await server.State.ReadAsync(t => new ModelStore(t).HistoryAsync(model), default))
            .Select(p => $"{p.Sequence}: {p.FromVersion?.ToString() ?? "none"} -> {p.ToVersion?.ToString() ?? "none"} {p.User}")];
}

public sealed class SqliteMlflowRegistryWriteTests(SqliteRegistryServer server) : MlflowRegistryWriteTests(server), IClassFixture<SqliteRegistryServer>;

public sealed class PostgresMlflowRegistryWriteTests(PostgresRegistryServer server) : MlflowRegistryWriteTests(server), IClassFixture<PostgresRegistryServer>;
