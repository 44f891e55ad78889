using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>
/// The builds of model versions, which are tasks of the queue, and the targets that an alias is bound to. Within one transaction. A build belongs to
/// nobody: whoever asks for a version on a target gets the one task.
/// </summary>
internal sealed class BuildStore(StateTransaction transaction)
{
    /// <summary>Longest name of a model that is built: it stands in the task's id, which has 200 characters.</summary>
    private const int MaxModelName = 100;

    /// <summary>The owner of all builds.</summary>
    public const string Owner = "builds";

    // Trials first: a build is wanted when the trials of its own sweep are done.
    private const int Priority = -10;

    private readonly TaskStore _tasks = new(transaction);

    /// <summary>Queues the builds of a version that are not queued; those that failed are tried again where that is asked for.</summary>
    /// <exception cref="BadInputException">The model's name cannot be the name of files.</exception>
    public async Task AddAsync(string model, long version, ModelDescription description, IEnumerable<TargetSpec> targets, bool again = false)
    {
        foreach (TargetSpec target in targets)
        {
            TaskId id = IdOf(model, version, target.Name);
            BuildTask build = new(
                model, version, description, target, FeatureSetPlan.BlobKeyOf(description.FeatureSet), FeatureSetManifest.BlobKey(description.FeatureSet));
            if (again && await _tasks.FindAsync(id) is { State: TaskState.Failed or TaskState.Cancelled } failed)
            {
                // With the target as it is now: more memory may be why it is wanted again.
                await _tasks.SetPayloadAsync(id, build);
                await _tasks.UpdateAsync(TaskRules.Revive(failed));
            }

            await _tasks.AddAsync(new TaskRecord { Id = id, Owner = Owner, Priority = Priority, Payload = build });
        }
    }

    /// <summary>Queues a build again whose artifact is gone or was changed.</summary>
    public async Task RebuildAsync(string model, long version, string target)
    {
        if (await FindAsync(model, version, target) is { State: TaskState.Succeeded } task)
        {
            await _tasks.UpdateAsync(TaskRules.Revive(task));
        }
    }

    /// <summary>The build, or null.</summary>
    public Task<TaskRecord?> FindAsync(string model, long version, string target) => _tasks.FindAsync(IdOf(model, version, target));

    /// <summary>The builds of a version that were asked for, in the order of the targets.</summary>
    public async Task<IReadOnlyList<TaskRecord>> FindAsync(string model, long version, IEnumerable<string> targets)
    {
        List<TaskRecord> found = [];
        foreach (string target in targets)
        {
            if (await FindAsync(model, version, target) is { } task)
            {
                found.Add(task);
            }
        }

        return found;
    }

    /// <summary>All builds in the order they were queued.</summary>
    public Task<IReadOnlyList<TaskRecord>> ListAsync() => _tasks.OfOwnerAsync(Owner);

    /// <summary>From now on versions that the alias comes to point to are built for these targets.</summary>
    public async Task BindAsync(string model, string alias, IEnumerable<TargetSpec> targets)
    {
        await transaction.ExecuteAsync("DELETE FROM alias_targets WHERE name = @model AND alias = @alias", new { model, alias });
        foreach (TargetSpec target in targets)
        {
            await transaction.ExecuteAsync(
                "INSERT INTO alias_targets (name, alias, target, spec) VALUES (@model, @alias, @target, @spec)",
                new { model, alias, target = target.Name, spec = JsonSerializer.Serialize(target, OrchestratorJson.Default.TargetSpec) });
        }
    }

    /// <summary>Queues the builds of the version that an alias points to now, for the targets that it is bound to; gives these.</summary>
    public async Task<IReadOnlyList<TargetSpec>> AliasMovedAsync(string model, string alias)
    {
        IReadOnlyList<string> specs = await transaction.QueryAsync<string>(
            "SELECT spec FROM alias_targets WHERE name = @model AND alias = @alias ORDER BY target", new { model, alias });
        if (specs.Count == 0 || await new ModelStore(transaction).FindByAliasAsync(model, alias) is not { } version)
        {
            return [];
        }

        TargetSpec[] targets = [.. specs.Select(static s => JsonSerializer.Deserialize(s, OrchestratorJson.Default.TargetSpec)!)];
        await AddAsync(model, version.Version, version.Trained, targets);
        return targets;
    }

    private static TaskId IdOf(string model, long version, string target)
    {
        // The name becomes a part of the artifact's blob keys and of the task's id.
        BlobKey.Check($"artifacts/{model}/{version}/{target}");
        return model.Length <= MaxModelName
            ? TaskId.ForBuild(model, version, target)
            : throw new BadInputException($"The model's name '{model}' has {model.Length} characters. Expected at most {MaxModelName} for a model that is built for boards.");
    }
}
