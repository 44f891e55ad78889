using Pipeline.Contracts;
using Quartz;

namespace Pipeline.Orchestrator.Recurring;

/// <summary>A sweep that is submitted by the clock.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Schedule">When.</param>
/// <param name="Sweep">The sweep's file, as pipeline.yaml names it.</param>
public sealed record RecurringSpec(string Name, Schedule Schedule, string Sweep);

/// <summary>The ticks of a cron expression in a time zone. A function of its text alone: no clock.</summary>
public sealed record Schedule
{
    /// <summary>
    /// How far back a missed tick is looked for, the nearest first: so that a long pause is never walked through tick by tick. The last is more than
    /// the four years between two leap days.
    /// </summary>
    private static readonly TimeSpan[] Windows =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32), TimeSpan.FromDays(370), TimeSpan.FromDays(370 * 9),
    ];

    private readonly CronExpression _cron;

    private Schedule(string cron, string timeZone, CronExpression parsed) => (Cron, TimeZone, _cron) = (cron, timeZone, parsed);

    /// <summary>The expression.</summary>
    public string Cron { get; }

    /// <summary>The time zone that it is in.</summary>
    public string TimeZone { get; }

    /// <summary>Reads an expression: seconds, minutes, hours, day of month, month, day of week and, where wanted, the year.</summary>
    /// <exception cref="BadInputException">It is none, has no tick, or there is no such time zone.</exception>
    public static Schedule Parse(string cron, string timeZone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? zone))
        {
            throw new BadInputException($"There is no time zone '{timeZone}'. Expected UTC, or a name such as Europe/Berlin.");
        }

        try
        {
            return new Schedule(cron, timeZone, new CronExpression(cron, zone));
        }
        catch (FormatException e)
        {
            throw new BadInputException(
                $"'{cron}' is no cron expression: {e.Message.TrimEnd('.')}. Expected seconds, minutes, hours, day of month, month and day of week, for example \"0 0 2 * * ?\" for two at night.", e);
        }
    }

    /// <summary>The first tick after an instant; null: there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset instant) => _cron.GetNextValidTimeAfter(instant);

    /// <summary>
    /// The last tick after <paramref name="after"/> that is not after <paramref name="now"/>; null: none is due. Ticks that nobody was there for
    /// come to one: a night's training that was missed three times is wanted once.
    /// </summary>
    public DateTimeOffset? LastBetween(DateTimeOffset after, DateTimeOffset now)
    {
        foreach (TimeSpan window in Windows)
        {
            DateTimeOffset from = now - window > after ? now - window : after;
            DateTimeOffset? last = null;
            for (DateTimeOffset? tick = NextAfter(from); tick <= now; tick = NextAfter(tick.Value))
            {
                last = tick;
            }

            if (last is not null || from == after)
            {
                return last;
            }
        }

        return null;
    }

    /// <summary>Equal for equal texts.</summary>
    public bool Equals(Schedule? other) => other is not null && (Cron, TimeZone) == (other.Cron, other.TimeZone);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cron, TimeZone);
}
