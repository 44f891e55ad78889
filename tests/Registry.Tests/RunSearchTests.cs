using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;

namespace Pipeline.Registry.Tests;

/// <summary>The search grammar, through the wire, and against a plain evaluation in memory.</summary>
public abstract class RunSearchTests(RegistryServer server)
{
    [Theory]
    [InlineData("", "2 1")]
    [InlineData("metrics.`val/accuracy` > 1", "2")]
    [InlineData("metrics.\"val/accuracy\" > 1", "2")]
    [InlineData("metrics.val/accuracy <= 0.3", "1")]
    [InlineData("metric.val/accuracy != 0.3 and metric.val/accuracy < 1e3", "2")]
    [InlineData("metrics.`train/loss` < 100", "")]
    [InlineData("metrics.none != 1", "")]
    [InlineData("params.`model.tau` = '1.5'", "1")]
    [InlineData("params.model.tau = \"1.5\"", "1")]
    [InlineData("param.model.tau != '1.5'", "2")]
    [InlineData("tags.mlflow.runName LIKE 'DEMO%'", "")]
    [InlineData("tags.mlflow.runName LIKE 'demo/__'", "2")]
    [InlineData("tag.`mlflow.runName` ILIKE 'DEMO%'", "2 1")]
    [InlineData("attributes.status = 'FINISHED'", "1")]
    [InlineData("status = 'RUNNING' AND start_time >= 1700000060000", "2")]
    [InlineData("attr.end_time > 0", "1")]
    [InlineData("run_id IN ('00000000000000000000000000000001', 'x')", "1")]
    [InlineData("attributes.run_id not in ('00000000000000000000000000000001')", "2")]
    [InlineData("attributes.`run name` = 'demo/0'", "1")]
    [InlineData("datasets.name = 'mnist'", "")]
    [InlineData("params.model.tau = '1.5'' OR 1=1 --'", "")]
    public async Task A_filter_selects(string filter, string expected) => Assert.Equal(expected, await SearchAsync(filter));

    [Theory]
    [InlineData("params.x = 1", "Expected a quoted string value")]
    [InlineData("metrics.x = '1'", "Expected numeric value type")]
    [InlineData("metrics.x LIKE 1", "Invalid comparison operator 'LIKE'")]
    [InlineData("metrics.x", "where a comparison")]
    [InlineData("metrics.x > 1 OR metrics.x < 0", "found 'OR'")]
    [InlineData("colour.x = 'blue'", "Invalid entity type 'colour'")]
    [InlineData("attributes.colour = 'blue'", "Invalid attribute key 'colour'")]
    [InlineData("status = 'x", "has no end")]
    [InlineData("status IN ('x')", "Invalid comparison operator 'IN'")]
    [InlineData("run_id IN 'x'", "where a list")]
    [InlineData("status = 'x'; DROP TABLE runs", "the character ';'")]
    public async Task A_filter_that_is_wrong_is_refused_with_what_was_expected(string filter, string words)
    {
        (int status, string body) = await server.PostAsync("/api/2.0/mlflow/runs/search", new { experiment_ids = new[] { "1" }, filter });
        Assert.Equal(400, status);
        Assert.Contains(words, JsonElement.Parse(body).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("metrics.val/accuracy", "1 2")]
    [InlineData("metrics.val/accuracy DESC", "2 1")]
    [InlineData("metrics.`train/loss` DESC", "1 2")]
    [InlineData("attributes.end_time ASC", "1 2")]
    [InlineData("end_time DESC", "1 2")]
    [InlineData("params.model.tau DESC", "2 1")]
    [InlineData("tags.none", "2 1")]
    public async Task An_order_keeps_what_is_missing_last(string orderBy, string expected) => Assert.Equal(expected, await SearchAsync("", orderBy));

    [Fact]
    public async Task Random_filters_select_what_a_plain_evaluation_selects()
    {
        StableRandom random = new(17);
        double[] values = [-1, 0, 0.5, 1, double.NaN];
        string[] operators = ["<", "<=", "=", "!=", ">=", ">"];
        ExperimentId experiment = await server.State.WriteAsync(t => new ExperimentStore(t).EnsureAsync("random", RegistryServer.Start), default);
        List<(string Id, double? A, double? B)> runs = [];
        for (int i = 0; i < 40; i++)
        {
            runs.Add(($"r{i:D2}", Draw(), Draw()));
            await server.State.WriteAsync(t => LogAsync(runs[^1], t), default);
        }

        for (int round = 0; round < 200; round++)
        {
            (string op1, string op2) = (operators[random.NextInt(6)], operators[random.NextInt(6)]);
            (double v1, double v2) = (values[random.NextInt(4)], values[random.NextInt(4)]);
            string[] expected = [.. runs.Where(r => Holds(r.A, op1, v1) && Holds(r.B, op2, v2)).Select(r => r.Id)];
            string found = await SearchAsync($"metrics.a {op1} {v1} AND metrics.b {op2} {v2}", "run_id", experiment.ToString());
            Assert.Equal(string.Join(' ', expected), found);
        }

        double? Draw() => random.NextInt(6) is int i && i < 5 ? values[i] : null;

        async Task LogAsync((string Id, double? A, double? B) run, Storage.State.StateTransaction t)
        {
            RunId id = new(run.Id);
            await new RunStore(t).CreateAsync(id, experiment, run.Id, "ada", RegistryServer.Start);
            foreach ((string key, double? value) in new[] { ("a", run.A), ("b", run.B) })
            {
                await new MetricStore(t).LogAsync(id, value is { } v ? [new(key, v, 0, RegistryServer.Start)] : []);
            }
        }
    }

    private static bool Holds(double? left, string op, double right) => left is { } value && !double.IsNaN(value) && op switch
    {
        "<" => value < right,
        "<=" => value <= right,
        "=" => value == right,
        "!=" => value != right,
        ">=" => value >= right,
        _ => value > right,
    };

    private async Task<string> SearchAsync(string filter, string? orderBy = null, string experiment = "1")
    {
        (int status, string body) = await server.PostAsync(
            "/api/2.0/mlflow/runs/search",
            new { experiment_ids = new[] { experiment }, filter, order_by = orderBy is null ? [] : new[] { orderBy } });
        Assert.True(status == 200, body);
        return JsonElement.Parse(body).TryGetProperty("runs", out JsonElement runs)
            ? string.Join(' ', runs.EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()!.TrimStart('0')))
            : "";
    }
}

public sealed class SqliteRunSearchTests(SqliteRegistryServer server) : RunSearchTests(server), IClassFixture<SqliteRegistryServer>;

public sealed class PostgresRunSearchTests(PostgresRegistryServer server) : RunSearchTests(server), IClassFixture<PostgresRegistryServer>;
