using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Tasks;

/// <summary>A line of a task's log: the claim that wrote it and its number in that claim.</summary>
public sealed record LogLine(long Token, long Line, string Text);

/// <summary>The logs of the tasks, within one transaction.</summary>
public sealed class TaskLogStore(StateTransaction transaction)
{
    /// <summary>Longer lines are cut: a log is read by people.</summary>
    private const int MaxLineLength = 4_000;

    /// <summary>A task's log keeps its first so many lines of each claim, so that a runaway loop does not fill the disk.</summary>
    private const int MaxLines = 100_000;

    /// <summary>Stores lines; those stored already are left as they are.</summary>
    public async Task AppendAsync(TaskLog log)
    {
        for (int i = 0; i < log.Lines.Count && log.FirstLine + i < MaxLines; i++)
        {
            string line = log.Lines[i];
            await transaction.ExecuteAsync(
                "INSERT INTO task_logs (task, token, line, text) VALUES (@task, @token, @line, @text) ON CONFLICT (task, token, line) DO NOTHING",
                new
                {
                    task = log.Task.Value,
                    token = log.Token.Value,
                    line = log.FirstLine + i,
                    text = line.Length > MaxLineLength ? line[..MaxLineLength] : line,
                });
        }
    }

    /// <summary>The last line, or null.</summary>
    public Task<string?> LastAsync(TaskId task) => transaction.QuerySingleOrDefaultAsync<string>(
        "SELECT text FROM task_logs WHERE task = @task ORDER BY token DESC, line DESC LIMIT 1", new { task = task.Value });

    /// <summary>The lines after one (null: from the start) in the order they were written, at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<LogLine>> ReadAsync(TaskId task, LogLine? after, int limit = 1000) => transaction.QueryAsync<LogLine>(
        """
        SELECT token AS Token, line AS Line, text AS Text FROM task_logs
        WHERE task = @task AND (token, line) > (@token, @line) ORDER BY token, line LIMIT @limit
        """,
        new { task = task.Value, token = after?.Token ?? -1, line = after?.Line ?? -1, limit });

    /// <summary>The last lines in the order they were written, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<LogLine>> TailAsync(TaskId task, int limit) => [.. (await transaction.QueryAsync<LogLine>(
        "SELECT token AS Token, line AS Line, text AS Text FROM task_logs WHERE task = @task ORDER BY token DESC, line DESC LIMIT @limit",
        new { task = task.Value, limit })).Reverse()];
}
