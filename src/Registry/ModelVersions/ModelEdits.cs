using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Registry.ModelVersions;

/// <summary>
/// Changes to registered models and their versions other than registering and moving aliases, within one transaction. Whatever is deleted, the
/// promotion log stays and a version's number is not given again: builds are known by it.
/// </summary>
internal sealed class ModelEdits(StateTransaction transaction)
{
    private readonly ModelStore _models = new(transaction);

    /// <summary>Makes a registered model without versions; false where there is one of that name.</summary>
    /// <exception cref="BadInputException">The name is not one.</exception>
    public async Task<bool> TryCreateAsync(string name, string description, DateTimeOffset now)
    {
        ModelNames.CheckModel(name);
        return await transaction.ExecuteAsync(
            """
            INSERT INTO registered_models (name, description, creation_timestamp, last_updated_timestamp) VALUES (@name, @description, @time, @time)
            ON CONFLICT (name) DO UPDATE
            SET deleted = 0, description = excluded.description, creation_timestamp = excluded.creation_timestamp,
                last_updated_timestamp = excluded.last_updated_timestamp
            WHERE registered_models.deleted = 1
            """,
            new { name, description, time = now.ToUnixTimeMilliseconds() }) > 0;
    }

    /// <summary>Describes a model.</summary>
    public Task DescribeAsync(string name, string description, DateTimeOffset now) =>
        transaction.ExecuteAsync(
            "UPDATE registered_models SET description = @description, last_updated_timestamp = @time WHERE name = @name",
            new { name, description, time = now.ToUnixTimeMilliseconds() });

    /// <summary>Describes a version.</summary>
    public Task DescribeAsync(string name, long version, string description, DateTimeOffset now) =>
        transaction.ExecuteAsync(
            "UPDATE model_versions SET description = @description, last_updated_timestamp = @time WHERE name = @name AND version = @version",
            new { name, version, description, time = now.ToUnixTimeMilliseconds() });

    /// <summary>Writes a model's tag; the last value of a key counts.</summary>
    public Task SetTagAsync(string name, string key, string value) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO registered_model_tags (name, key, value) VALUES (@name, @key, @value)
            ON CONFLICT (name, key) DO UPDATE SET value = excluded.value
            """,
            new { name, key, value });

    /// <summary>Writes a version's tag; the last value of a key counts.</summary>
    public Task SetTagAsync(string name, long version, string key, string value) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO model_version_tags (name, version, key, value) VALUES (@name, @version, @key, @value)
            ON CONFLICT (name, version, key) DO UPDATE SET value = excluded.value
            """,
            new { name, version, key, value });

    /// <summary>Takes a model's tag away, where it is there.</summary>
    public Task DeleteTagAsync(string name, string key) =>
        transaction.ExecuteAsync("DELETE FROM registered_model_tags WHERE name = @name AND key = @key", new { name, key });

    /// <summary>Takes a version's tag away, where it is there.</summary>
    public Task DeleteTagAsync(string name, long version, string key) =>
        transaction.ExecuteAsync(
            "DELETE FROM model_version_tags WHERE name = @name AND version = @version AND key = @key", new { name, version, key });

    /// <summary>
    /// Gives a model another name, with its versions, tags, aliases, what these are bound to, and its promotion log, which stays under the old name too.
    /// </summary>
    /// <exception cref="BadInputException">The new name is not one or was used before, or a fleet runs a version.</exception>
    public async Task RenameAsync(RegisteredModel model, string newName, DateTimeOffset now)
    {
        ModelNames.CheckModel(newName);
        await RefuseDeployedAsync(model, model.Aliases.Keys);
        if (await transaction.QuerySingleOrDefaultAsync<long?>("SELECT last_version FROM registered_models WHERE name = @newName", new { newName }) is not null)
        {
            throw new BadInputException($"The name '{newName}' was used before, and its versions' numbers are not given again. Choose another.");
        }

        var names = new { old = model.Name, newName, time = now.ToUnixTimeMilliseconds() };
        foreach (string sql in Renaming)
        {
            await transaction.ExecuteAsync(sql, names);
        }
    }

    /// <summary>Deletes a version and takes the aliases away that point to it, each with a line of the promotion log.</summary>
    /// <exception cref="BadInputException">A fleet runs it.</exception>
    public async Task DeleteVersionAsync(RegisteredModel model, long version, string user, DateTimeOffset now)
    {
        string[] aliases = [.. model.Aliases.Where(a => a.Value == version).Select(static a => a.Key)];
        await RefuseDeployedAsync(model, aliases);
        string reason = string.Create(CultureInfo.InvariantCulture, $"version {version} deleted");
        foreach (string alias in aliases)
        {
            await _models.SetAliasAsync(model.Name, alias, version: null, user, reason, now);
        }

        var row = new { name = model.Name, version };
        await transaction.ExecuteAsync("DELETE FROM model_version_tags WHERE name = @name AND version = @version", row);
        await transaction.ExecuteAsync("DELETE FROM model_versions WHERE name = @name AND version = @version", row);
    }

    /// <summary>Deletes a model with its versions.</summary>
    /// <exception cref="BadInputException">A fleet runs one.</exception>
    public async Task DeleteAsync(RegisteredModel model, string user, DateTimeOffset now)
    {
        foreach (ModelVersion version in await _models.ListVersionsAsync(model.Name))
        {
            await DeleteVersionAsync(model, version.Version, user, now);
        }

        await transaction.ExecuteAsync("DELETE FROM registered_model_tags WHERE name = @name", new { name = model.Name });
        await transaction.ExecuteAsync("UPDATE registered_models SET deleted = 1, description = '' WHERE name = @name", new { name = model.Name });
    }

    private async Task RefuseDeployedAsync(RegisteredModel model, IEnumerable<string> aliases)
    {
        IReadOnlyList<Promotion> log = await _models.HistoryAsync(model.Name);
        foreach (string alias in aliases)
        {
            if (PromotionLog.Top(log, alias) is { Fleets: [var fleet, ..] } top)
            {
                throw new BadInputException(
                    $"Version {top.Version} of '{model.Name}' is what fleet '{fleet}' runs, by '{model.Name}@{alias}'. " +
                    $"Take it back first: pipeline registry rollback {model.Name}@{alias}");
            }
        }
    }

    // Rows that others refer to are copied before and deleted after. The old name's row stays, deleted: its numbers are not given again.
    private static readonly string[] Renaming =
    [
        """
        INSERT INTO registered_models (name, description, last_version, creation_timestamp, last_updated_timestamp)
        SELECT @newName, description, last_version, creation_timestamp, @time FROM registered_models WHERE name = @old
        """,
        """
        INSERT INTO model_versions (name, version, description, source, run_id, user_id, model, creation_timestamp, last_updated_timestamp)
        SELECT @newName, version, description, source, run_id, user_id, model, creation_timestamp, last_updated_timestamp
        FROM model_versions WHERE name = @old
        """,
        "UPDATE model_version_tags SET name = @newName WHERE name = @old",
        "UPDATE model_aliases SET name = @newName WHERE name = @old",
        "UPDATE registered_model_tags SET name = @newName WHERE name = @old",
        "UPDATE alias_targets SET name = @newName WHERE name = @old",
        """
        INSERT INTO promotion_log (name, sequence, alias, from_version, to_version, user_id, reason, timestamp, kind, fleet)
        SELECT @newName, sequence, alias, from_version, to_version, user_id, reason, timestamp, kind, fleet FROM promotion_log WHERE name = @old
        """,
        "DELETE FROM model_versions WHERE name = @old",
        "UPDATE registered_models SET deleted = 1, description = '' WHERE name = @old",
    ];
}
