using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The result table of a sweep without its wall-clock columns, as text that can be compared.</summary>
internal static class ResultTable
{
    private static readonly string[] WallClock = ["seconds", "started", "ended", "clipsPerSecond", "worker", "attempts"];

    public static string Of(Outcome submitted)
    {
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        JsonArray trials = JsonNode.Parse(submitted.Output)!["trials"]!.AsArray();
        foreach (JsonNode? trial in trials)
        {
            foreach (string column in WallClock)
            {
                trial!.AsObject().Remove(column);
            }
        }

        return trials.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
