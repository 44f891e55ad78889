using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Cli.Output;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Dashboard;
using Pipeline.Orchestrator.Recurring;
using Pipeline.Orchestrator.Tasks;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline jobs</c> and <c>pipeline workers</c>: the queue, task by task, who works on it, and what is queued by the clock.</summary>
internal static class JobVerbs
{
    private static readonly Argument<string> Task = new("TASK") { Description = "A task's id, as `jobs list` prints it, for example trial:quickstart-1f2e3d4c/3." };

    private static readonly Option<string?> State = new("--state")
    {
        Description = $"Only those that are {string.Join(", ", JobNames.All.Select(static s => s.Name))}.",
        HelpName = "STATE",
    };

    private static readonly Option<int> Page = new("--page") { Description = "The next hundred, and so on.", HelpName = "N" };

    private static readonly Option<string?> Run = new("--run") { Description = "Queues this entry now, whatever its schedule.", HelpName = "NAME" };

    public static IEnumerable<Command> Create() =>
    [
        Verb.Group(
            "jobs",
            "The tasks of the queue: shards, trials, builds and what is submitted by the clock.",
            Verb.Of("list", "Lists tasks, the newest first.", ListAsync, State, Page, ServerAddress.Server, ServerAddress.TokenOption),
            Verb.Of("show", "Shows a task: what it asks for, where it stands, what came of it.", ShowAsync, Task, ServerAddress.Server, ServerAddress.TokenOption),
            Act("requeue", "Queues a task again that failed or was cancelled.", static (jobs, task, token) => jobs.RequeueAsync(task, token)),
            Act("run", "Lets a task that waits after a failure be claimed at once.", static (jobs, task, token) => jobs.RunNowAsync(task, token)),
            Act(
                "delete", "Takes a trial off the queue, and out of its worker's hands, for good; or a submission.", static (jobs, task, token) => jobs.DeleteAsync(task, token)),
            Verb.Of("recurring", "Lists what is submitted by the clock.", RecurringAsync, Run, ServerAddress.Server, ServerAddress.TokenOption)),
        Verb.Of("workers", "Lists the workers, those that are there first.", WorkersAsync, ServerAddress.Server, ServerAddress.TokenOption),
    ];

    private static Command Act(string name, string description, Func<IJobs, TaskId, CancellationToken, Task> act) => Verb.Of(
        name,
        description,
        async (context, cancellationToken) =>
        {
            TaskId task = TaskOf(context);
            await using IJobs jobs = await OpenAsync(context, cancellationToken);
            await act(jobs, task, cancellationToken);
            context.Printer.Result(new JobAct(name, task), CliJson.Default.JobAct, writer => writer.WriteLine($"{name}: {task}"));
        },
        Task,
        ServerAddress.Server,
        ServerAddress.TokenOption);

    private static async Task<IJobs> OpenAsync(VerbContext context, CancellationToken cancellationToken) => ServerAddress.Of(context) is { } server
        ? new ServerJobs(server)
        : new LocalJobs(await context.Workspace.OpenStateAsync(cancellationToken), context.Workspace.Deployment.Recurring);

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        int page = context.Get(Page) is var given and >= 0 ? given : throw new BadInputException($"--page {context.Get(Page)}: expected a whole number from 0.");
        TaskState? only = JobNames.Parse(context.Get(State));
        await using IJobs jobs = await OpenAsync(context, cancellationToken);
        JobsView view = await jobs.ListAsync(only, page, cancellationToken);
        context.Printer.Result(view, CliJson.Default.JobsView, writer => Write(writer, view));
    }

    private static void Write(TextWriter writer, JobsView view)
    {
        writer.WriteLine(string.Join(", ", JobNames.All.Select(s => $"{view.Counts.GetValueOrDefault(s.State)} {s.Name}")));
        TextTable table = new("task", "state", "attempts", "worker", "waits until", "last failure");
        foreach (JobRow job in view.Jobs)
        {
            table.Add(
                job.Id,
                JobNames.Of(job.State),
                job.Attempts.ToString(CultureInfo.InvariantCulture),
                job.Worker ?? "-",
                job.Due is { } due ? Format.Time(due) : "-",
                job.Failure?.ReplaceLineEndings(" ") ?? "-");
        }

        table.Write(writer);
        int shown = (view.Page * Paging.Rows) + view.Jobs.Count;
        if (shown < view.Total)
        {
            writer.WriteLine($"{shown} of {view.Total} shown; more with --page {view.Page + 1}");
        }
    }

    private static async Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        TaskId task = TaskOf(context);
        await using IJobs jobs = await OpenAsync(context, cancellationToken);
        JobDetail detail = await jobs.FindAsync(task, cancellationToken);
        context.Printer.Result(detail, OrchestratorJson.Default.JobDetail, writer =>
        {
            writer.WriteLine($"{detail.Job.Id}: {JobNames.Of(detail.Job.State)}, {detail.Job.Attempts} attempts{(detail.Job.Worker is { } worker ? $", held by {worker}" : "")}");
            if (detail.Job.Failure is { } failure)
            {
                writer.WriteLine($"last failure: {failure}");
            }

            if (detail.Checkpoint is { } checkpoint)
            {
                writer.WriteLine($"goes on after epoch {checkpoint.Epoch}");
            }

            writer.WriteLine($"asks for: {JsonSerializer.Serialize(detail.Payload, ContractsJson.Default.TaskPayload)}");
            if (detail.Result is { } result)
            {
                writer.WriteLine($"came to: {JsonSerializer.Serialize(result, ContractsJson.Default.TaskResult)}");
            }
        });
    }

    private static async Task RecurringAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using IJobs jobs = await OpenAsync(context, cancellationToken);
        if (context.Get(Run) is { } name)
        {
            TaskId task = await jobs.RunRecurringAsync(name, cancellationToken);
            context.Printer.Result(new JobAct("run", task), CliJson.Default.JobAct, writer => writer.WriteLine($"queued: {task}"));
            return;
        }

        RecurringRow[] rows = [.. await jobs.RecurringAsync(cancellationToken)];
        context.Printer.Result(rows, CliJson.Default.RecurringRowArray, writer =>
        {
            TextTable table = new("entry", "submits", "cron", "time zone", "next", "last", "came to");
            foreach (RecurringRow row in rows)
            {
                table.Add(
                    row.Name,
                    row.Submit,
                    row.Cron,
                    row.TimeZone,
                    row.Next is { } next ? Format.Time(next.ToUniversalTime()) : "-",
                    row.Last is { } last ? Format.Time(last) : "-",
                    row.LastSweep?.Value ?? row.Failure?.ReplaceLineEndings(" ") ?? (row.LastState is { } state ? JobNames.Of(state) : "-"));
            }

            table.Write(writer);
        });
    }

    private static async Task WorkersAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using IJobs jobs = await OpenAsync(context, cancellationToken);
        WorkerRow[] workers = [.. await jobs.WorkersAsync(cancellationToken)];
        context.Printer.Result(workers, CliJson.Default.WorkerRowArray, writer =>
        {
            TextTable table = new("worker", "state", "machine", "process", "device", "tasks", "slots", "last heard");
            foreach (WorkerRow worker in workers)
            {
                table.Add(
                    worker.Id,
                    worker.IsThere ? "there" : "gone",
                    worker.Host,
                    worker.ProcessId.ToString(CultureInfo.InvariantCulture),
                    worker.Device,
                    worker.Held.ToString(CultureInfo.InvariantCulture),
                    worker.Slots.ToString(CultureInfo.InvariantCulture),
                    Format.Time(worker.LastSeen));
            }

            table.Write(writer);
        });
    }

    private static TaskId TaskOf(VerbContext context)
    {
        try
        {
            return new TaskId(context.Get(Task));
        }
        catch (FormatException e)
        {
            throw new BadInputException(e.Message, e);
        }
    }
}
