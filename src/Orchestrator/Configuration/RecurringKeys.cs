using Pipeline.Contracts;
using Pipeline.Orchestrator.Recurring;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>The keys of what is submitted by the clock, and what they read as.</summary>
internal static class RecurringKeys
{
    private const string Utc = "UTC";

    public static Key Recurring { get; } = new("recurring", "By name: sweeps that an orchestrator submits by the clock.", new NamesShape("name", new MapShape(
    [
        new("cron", "When: seconds, minutes, hours, day of month, month, day of week. \"0 0 2 * * ?\" is every night at two.", new TextShape("a cron expression of six or seven fields"))
        {
            IsRequired = true,
        },
        new("submit", "The sweep's file.", new PathShape()) { IsRequired = true },
        new("timeZone", "The time zone that the expression is in: UTC, or a name such as Europe/Berlin.", new TextShape("a time zone's name")) { Default = Utc },
    ])));

    /// <summary>Reads the entries; a name, an expression or a time zone that is none is a problem.</summary>
    public static IReadOnlyList<RecurringSpec> Read(ConfigFile file, ConfigMap root)
    {
        List<RecurringSpec> entries = [];
        foreach ((string name, YamlNode node) in root.Map("recurring")?.Entries ?? [])
        {
            ConfigMap map = new((YamlMappingNode)node);
            file.Try(map.Find("timeZone") ?? map.Find("cron")!, () => entries.Add(Entry(name, map)));
        }

        return entries;
    }

    private static RecurringSpec Entry(string name, ConfigMap map)
    {
        // It becomes a part of a task's id.
        if (name.Length > 64 || name.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            throw new BadInputException($"'recurring.{name}' is no name. Expected 1 to 64 letters, digits, dots, dashes and underscores.");
        }

        return new RecurringSpec(name, Schedule.Parse(map.Text("cron")!, map.Text("timeZone") ?? Utc), map.Text("submit")!);
    }
}
