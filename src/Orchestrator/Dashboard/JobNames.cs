using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>The words of job dashboards for the states of tasks.</summary>
public static class JobNames
{
    /// <summary>The states with their words, in the order that a task goes through them.</summary>
    public static IReadOnlyList<(TaskState State, string Name)> All { get; } =
    [
        (TaskState.Ready, "enqueued"), (TaskState.Leased, "running"), (TaskState.Succeeded, "succeeded"), (TaskState.Failed, "failed"), (TaskState.Cancelled, "cancelled"),
    ];

    /// <summary>The word for a state.</summary>
    public static string Of(TaskState state) => All.First(s => s.State == state).Name;

    /// <summary>The state of a word; null where there is no word.</summary>
    /// <exception cref="BadInputException">It is the word of none.</exception>
    public static TaskState? Parse(string? name) => string.IsNullOrEmpty(name)
        ? null
        : All.Where(s => s.Name == name).Select(static s => (TaskState?)s.State).FirstOrDefault()
            ?? throw new BadInputException($"state {name}: expected one of {string.Join(", ", All.Select(static s => s.Name))}.");
}
