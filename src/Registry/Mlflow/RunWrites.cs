using System.Security.Cryptography;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>The calls that make, change, delete and restore runs.</summary>
internal sealed class RunWrites(StateDatabase state, TimeProvider time)
{
    private const string UserTag = "mlflow.user";

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "runs/create", MlflowJson.Default.RunResponse, CreateAsync);
        routes.Map("POST", "runs/update", MlflowJson.Default.RunInfoResponse, UpdateAsync);
        routes.Map("POST", "runs/delete", (r, c) => SetDeletedAsync(r, deleted: true, c));
        routes.Map("POST", "runs/restore", (r, c) => SetDeletedAsync(r, deleted: false, c));
    }

    private Task<RunResponse> CreateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string experiment = request.Text("experiment_id") ?? ExperimentId.Default.ToString();
        IReadOnlyDictionary<string, string> tags = MlflowLimits.Tags(request.Objects("tags"));
        DateTimeOffset start = request.Time("start_time") ?? time.GetUtcNow();
        RunId id = new(RandomNumberGenerator.GetHexString(32, lowercase: true));
        string name = Name(request.Text("run_name"), tags.GetValueOrDefault(RunStore.NameTag)) ?? $"run-{id.Value[..8]}";
        string user = request.Text("user_id") ?? tags.GetValueOrDefault(UserTag) ?? "unknown";
        return state.WriteAsync(
            async t =>
            {
                RunStore runs = new(t);
                await runs.CreateAsync(id, (await ExperimentWrites.FindActiveAsync(t, experiment)).Id, name, user, start);
                await runs.SetTagsAsync(id, tags);
                return new RunResponse(MlflowMessages.Of((await runs.FindAsync(id))!));
            },
            cancellationToken);
    }

    private Task<RunInfoResponse> UpdateAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        string id = request.Required("run_id", "run_uuid");
        RunStatus? status = Status(request.Text("status"));
        DateTimeOffset? ended = request.Time("end_time");
        string? name = Name(request.Text("run_name"), null);
        return state.WriteAsync(
            async t =>
            {
                RunStore runs = new(t);
                RunInfo run = await RunEndpoints.FindActiveAsync(t, id);
                await runs.UpdateAsync(run.Id, name, status, ended);
                return new RunInfoResponse(MlflowMessages.Of((await runs.FindInfoAsync(run.Id))!));
            },
            cancellationToken);
    }

    private Task SetDeletedAsync(MlflowRequest request, bool deleted, CancellationToken cancellationToken)
    {
        string id = request.Required("run_id", "run_uuid");
        return state.WriteAsync(
            async t =>
            {
                RunStore runs = new(t);
                RunInfo run = await runs.FindInfoAsync(RunEndpoints.ParseId(id)) ?? throw RunEndpoints.NotFound(id);
                await runs.SetDeletedAsync(run.Id, deleted);
            },
            cancellationToken);
    }

    private static string? Name(string? given, string? tag)
    {
        if (given is not null && tag is not null && given != tag)
        {
            throw MlflowException.Invalid(
                $"Both 'run_name' argument and '{RunStore.NameTag}' tag are specified, but with different values (run_name='{given}', {RunStore.NameTag}='{tag}').");
        }

        return (given ?? tag) is { } name ? MlflowLimits.Length("Run name", name, MlflowLimits.MaxTagValue) : null;
    }

    private static RunStatus? Status(string? status) => status switch
    {
        null => null,
        _ when Enum.TryParse(status, ignoreCase: true, out RunStatus known) && char.IsAsciiLetter(status[0]) => known,
        _ => throw MlflowException.Invalid(
            $"Invalid value {status} for parameter 'status' supplied: expected one of {string.Join(", ", Enum.GetNames<RunStatus>().Select(static n => n.ToUpperInvariant()))}."),
    };
}
