using System.Globalization;
using Pipeline.Orchestrator.Recurring;

namespace Pipeline.Orchestrator.Tests;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData("0 0 2 * * ?", "UTC", "2026-03-28T02:00:00Z", "2026-03-29T02:00:00Z")]
    [InlineData("0 0 2 * * ?", "UTC", "2026-03-28T01:59:59Z", "2026-03-28T02:00:00Z")]
    [InlineData("0 0 4 * * ?", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T02:00:00Z")]
    [InlineData("0 0 4 * * ?", "Europe/Berlin", "2026-01-10T12:00:00Z", "2026-01-11T03:00:00Z")]
    [InlineData("0 0 0 29 2 ?", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    public void The_next_tick_is_that_of_the_time_zone(string cron, string zone, string after, string next) =>
        Assert.Equal(At(next), Schedule.Parse(cron, zone).NextAfter(At(after)));

    [Theory]
    [InlineData("0 0 2 * * ?", "2026-01-01T03:00:00Z", "2026-01-01T23:00:00Z", null)]
    [InlineData("0 0 2 * * ?", "2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-01-02T02:00:00Z")]
    [InlineData("0 0 2 * * ?", "2026-01-01T02:00:00Z", "2026-04-01T01:00:00Z", "2026-03-31T02:00:00Z")]
    [InlineData("* * * * * ?", "2006-01-01T02:00:00Z", "2026-04-01T01:00:00Z", "2026-04-01T01:00:00Z")]
    [InlineData("0 0 0 29 2 ?", "2016-03-01T00:00:00Z", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z")]
    public void Ticks_that_were_missed_come_to_the_last_of_them(string cron, string after, string now, string? last) =>
        Assert.Equal(last is null ? null : At(last), Schedule.Parse(cron, "UTC").LastBetween(At(after), At(now)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
