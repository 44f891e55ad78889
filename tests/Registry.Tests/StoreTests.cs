using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;

namespace Pipeline.Registry.Tests;

/// <summary>The rules of the stores.</summary>
public abstract class StoreTests(RegistryServer server) : IAsyncLifetime
{
    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task The_latest_metric_is_the_greatest_step_time_and_value_in_any_order_of_arrival()
    {
        MetricPoint[] points =
        [
            new("m", 5, 1, RegistryServer.Start), new("m", 1, 2, RegistryServer.Start), new("m", double.NaN, 3, RegistryServer.Start),
            new("m", 2, 3, RegistryServer.Start), new("m", -4, 3, RegistryServer.Start),
        ];
        for (int round = 0; round < 20; round++)
        {
            RunId run = new($"order{round}");
            MetricPoint[] shuffled = [.. points];
            StableRandom.For(5, "order", round).Shuffle<MetricPoint>(shuffled);
            Run? found = await server.State.WriteAsync(
                async t =>
                {
                    await new RunStore(t).CreateAsync(run, server.Experiment, "order", "ada", RegistryServer.Start);
                    await new MetricStore(t).LogAsync(run, shuffled);
                    return await new RunStore(t).FindAsync(run);
                },
                default);
            Assert.Equal(points[3], found!.Metrics["m"]);
        }
    }

    [Fact]
    public async Task An_epoch_reported_twice_is_one_point()
    {
        MetricPoint point = new("val/loss", 0.5, 7, RegistryServer.Start);
        IReadOnlyList<MetricPoint> history = await server.State.WriteAsync(
            async t =>
            {
                MetricStore metrics = new(t);
                await metrics.LogAsync(RegistryServer.First, [point]);
                await metrics.LogAsync(RegistryServer.First, [point with { Time = RegistryServer.Start.AddMinutes(5) }]);
                return await metrics.HistoryAsync(RegistryServer.First, "val/loss");
            },
            default);
        Assert.Equal([point], history);
    }

    [Fact]
    public async Task Infinities_are_kept_as_the_greatest_finite_numbers()
    {
        IReadOnlyList<MetricPoint> history = await server.State.WriteAsync(
            async t =>
            {
                await new MetricStore(t).LogAsync(RegistryServer.First, [new("x", double.NegativeInfinity, 0, RegistryServer.Start)]);
                return await new MetricStore(t).HistoryAsync(RegistryServer.First, "x");
            },
            default);
        Assert.Equal(double.MinValue, Assert.Single(history).Value);
    }

    [Fact]
    public async Task A_parameter_never_changes()
    {
        Dictionary<string, string> changed = new() { ["model.tau"] = "9" };
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(
            () => server.State.WriteAsync(t => new RunStore(t).LogParamsAsync(RegistryServer.First, changed), default));
        Assert.Contains("Changing param values is not allowed", e.Message, StringComparison.Ordinal);
        Run? run = await server.State.ReadAsync(t => new RunStore(t).FindAsync(RegistryServer.First), default);
        Assert.Equal("1.5", run!.Params["model.tau"]);
    }

    [Fact]
    public async Task Every_move_of_an_alias_is_a_line_of_the_promotion_log_and_moving_it_nowhere_is_none()
    {
        IReadOnlyList<Promotion> log = await server.State.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                long second = await models.AddVersionAsync("kws", RegistryServer.Model(RegistryServer.Second), "ada", RegistryServer.Start);
                await models.SetAliasAsync("kws", "challenger", second, "bob", "better", RegistryServer.Start);
                await models.SetAliasAsync("kws", "challenger", second, "bob", "again", RegistryServer.Start);
                await models.SetAliasAsync("kws", "challenger", null, "bob", "withdrawn", RegistryServer.Start);
                return await models.HistoryAsync("kws");
            },
            default);
        Assert.Equal(
            ["1: none -> 1 best of demo", "2: 1 -> 2 better", "3: 2 -> none withdrawn"],
            log.Select(p => $"{p.Sequence}: {p.FromVersion?.ToString() ?? "none"} -> {p.ToVersion?.ToString() ?? "none"} {p.Reason}"));
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("v2")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task An_alias_that_is_reserved_or_not_a_word_is_refused(string alias) =>
        await Assert.ThrowsAsync<BadInputException>(
            () => server.State.WriteAsync(t => new ModelStore(t).SetAliasAsync("kws", alias, 1, "ada", "", RegistryServer.Start), default));

    [Fact]
    public async Task A_write_that_fails_half_way_leaves_nothing()
    {
        await Assert.ThrowsAsync<BadInputException>(() => server.State.WriteAsync(
            async t =>
            {
                ModelStore models = new(t);
                long version = await models.AddVersionAsync("half", RegistryServer.Model(RegistryServer.First), "ada", RegistryServer.Start);
                await models.SetAliasAsync("half", "challenger", version + 1, "ada", "", RegistryServer.Start);
            },
            default));
        Assert.Null(await server.State.ReadAsync(t => new ModelStore(t).FindModelAsync("half"), default));
    }
}

public sealed class SqliteStoreTests() : StoreTests(new SqliteRegistryServer());

public sealed class PostgresStoreTests() : StoreTests(new PostgresRegistryServer());
