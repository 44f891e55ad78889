using Pipeline.Contracts;
using Pipeline.Edge.Artifacts;
using Pipeline.Edge.Fleets;
using Pipeline.Orchestrator.Tasks;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>A promotion that is asked for.</summary>
public sealed record PromotionRequest
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version to promote.</summary>
    public required long Version { get; init; }

    /// <summary>Where to.</summary>
    public required PromoteSpec Promote { get; init; }

    /// <summary>The targets whose artifacts are checked and published.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>What must hold.</summary>
    public required IReadOnlyList<Gate> Gates { get; init; }

    /// <summary>Who, for the log.</summary>
    public required string User { get; init; }

    /// <summary>Why, for the log.</summary>
    public required string Reason { get; init; }
}

/// <summary>What an alias and its fleets have come to.</summary>
/// <param name="Model">The registered model.</param>
/// <param name="Alias">The alias.</param>
/// <param name="From">The version before; null: none.</param>
/// <param name="Version">The version now; null: none.</param>
/// <param name="Fleets">The fleets that were given it.</param>
/// <param name="Artifacts">What was measured on the artifacts that were checked.</param>
public sealed record PromotionOutcome(
    string Model, string Alias, long? From, long? Version, IReadOnlyList<string> Fleets, IReadOnlyList<ArtifactReport> Artifacts);

/// <summary>
/// Promotes versions and takes promotions back: checks every byte of the artifacts against what the build handed in, holds them against the gates,
/// moves the alias and publishes to the fleet. Every call may be made again after a kill and ends in the same place.
/// </summary>
public sealed class Promoter(StateDatabase state, IBlobStore artifacts, FleetStore fleets, string keyFile, TimeProvider time)
{
    /// <summary>A promoter for a state folder, which holds the signing key and the fleets' folders.</summary>
    public static Promoter Open(StateDatabase state, IBlobStore artifacts, string stateFolder, TimeProvider time) =>
        new(state, artifacts, OpenFleets(stateFolder), KeyFile(stateFolder), time);

    /// <summary>The fleets' folders of a state folder.</summary>
    public static FleetStore OpenFleets(string stateFolder) => new(new DirectoryBlobStore(Path.Combine(stateFolder, "fleets")));

    /// <summary>The key that manifests are signed with.</summary>
    public static string KeyFile(string stateFolder) => Path.Combine(stateFolder, "keys", "signing.pem");

    /// <summary>Checks, moves the alias, publishes.</summary>
    /// <exception cref="BadInputException">There is no such version, or it is not built for a target.</exception>
    /// <exception cref="CorruptDataException">An artifact was changed since it was built.</exception>
    /// <exception cref="PipelineException">
    /// A gate does not hold; the message names measured and asked. Or a licence stops it; the message names data set and terms.
    /// </exception>
    public async Task<PromotionOutcome> PromoteAsync(PromotionRequest request, CancellationToken cancellationToken)
    {
        (string model, long version, PromoteSpec promote) = (request.Model, request.Version, request.Promote);
        if (request.Targets.Count == 0 && (request.Gates.Count > 0 || promote.Fleet is not null))
        {
            throw new BadInputException(
                $"Version {version} of '{model}' is built for no target, so there is nothing to hold against the gates or to publish. " +
                $"Build it first: pipeline edge build {model}@{version} --target TARGET");
        }

        ModelVersion found = await state.ReadAsync(t => new ModelStore(t).RequireVersionAsync(model, version), cancellationToken);
        (IReadOnlyList<DataLicence> licences, IReadOnlyList<string> allowed) = (found.Model?.Licences ?? [], promote.AllowLicences ?? []);
        if (LicenceCheck.Refusal(licences, allowed) is { } refusal)
        {
            throw new PipelineException(
                $"The promotion of '{model}' version {version} to '{promote.To}' is refused: {refusal} " +
                "Where that is as it should be, allow the data set's licence by name: `--allow-licence NAME`, or `deploy: { promote: { allowLicences: [NAME] } }` in the sweep.");
        }

        IReadOnlyList<ArtifactReport> checkedArtifacts = await CheckAsync(model, version, request.Targets, cancellationToken);
        if (Gates.Failures(request.Gates, checkedArtifacts) is { Count: > 0 } failures)
        {
            throw new PipelineException(
                $"The promotion of '{model}' version {version} to '{promote.To}' is refused: {string.Join("; ", failures)}. " +
                "The version and its artifacts stay as they are. Train a better one, or change the gates, and do the same again.");
        }

        string reason = LicenceCheck.Reason(request.Reason, licences, allowed);
        long? from = await MoveAsync(model, promote.To, version, request.User, reason, PromotionKind.Promoted, promote.Fleet is { } f ? [f] : [], cancellationToken);

        // Dying before this is done leaves the alias ahead of the fleet; the same promotion again moves nothing and publishes.
        if (promote.Fleet is { } fleet)
        {
            await PublishAsync(fleet, checkedArtifacts, cancellationToken);
        }

        return new(model, promote.To, from, version, promote.Fleet is null ? [] : [promote.Fleet], checkedArtifacts);
    }

    /// <summary>Takes the last promotion of an alias back, by the log: alias and fleets get the version before, or none where there was none.</summary>
    /// <exception cref="BadInputException">The alias points nowhere, or the version before lacks an artifact that a fleet needs.</exception>
    /// <exception cref="CorruptDataException">An artifact of the version before was changed since it was built.</exception>
    public async Task<PromotionOutcome> RollBackAsync(string model, string alias, string user, string reason, CancellationToken cancellationToken)
    {
        IReadOnlyList<Promotion> log = await state.ReadAsync(t => new ModelStore(t).HistoryAsync(model), cancellationToken);
        if (PromotionLog.Top(log, alias) is not { Version: { } current } top)
        {
            throw new BadInputException($"'{model}@{alias}' points to no version, so there is nothing to go back from. See `pipeline registry history {model}`.");
        }

        long? previous = PromotionLog.Previous(log, alias).Version;
        if (previous is { } before)
        {
            // Before a fleet gets it: the version may have been deleted since.
            await state.ReadAsync(t => new ModelStore(t).RequireVersionAsync(model, before), cancellationToken);
        }

        IReadOnlyList<string> built = await BuiltForAsync(model, current, cancellationToken);
        IReadOnlyList<ArtifactReport> checkedArtifacts = previous is { } version && top.Fleets.Count > 0
            ? await CheckAsync(model, version, built, cancellationToken)
            : [];

        // The fleets come first: dying before the alias has moved, the same call again goes back to the same version, not one further.
        foreach (string fleet in top.Fleets)
        {
            await PublishAsync(fleet, checkedArtifacts, cancellationToken);
            foreach (string target in previous is null ? built : [])
            {
                await fleets.WithdrawAsync(fleet, target, cancellationToken);
            }
        }

        await MoveAsync(model, alias, previous, user, reason, PromotionKind.RolledBack, top.Fleets, cancellationToken);
        return new(model, alias, current, previous, top.Fleets, checkedArtifacts);
    }

    /// <summary>Points an alias to a version by hand, no gates asked; gives the targets that it is bound to, for which builds are queued now.</summary>
    /// <exception cref="BadInputException">The alias is not one, or there is no such version.</exception>
    public Task<IReadOnlyList<TargetSpec>> SetAliasAsync(string model, string alias, long? version, string user, string reason, CancellationToken cancellationToken) =>
        state.WriteAsync(
            async transaction =>
            {
                await new ModelStore(transaction).SetAliasAsync(model, alias, version, user, reason, time.GetUtcNow());
                return await new BuildStore(transaction).AliasMovedAsync(model, alias);
            },
            cancellationToken);

    /// <summary>
    /// To be called in the transaction in which an alias was moved by other means than this class: queues the builds for the targets that it is bound to.
    /// </summary>
    /// <exception cref="BadInputException">The version was not trained here, so that it cannot be built.</exception>
    public static Task AliasMovedAsync(StateTransaction transaction, string model, string alias) =>
        new BuildStore(transaction).AliasMovedAsync(model, alias);

    /// <summary>The targets that a version is built for.</summary>
    public async Task<IReadOnlyList<string>> BuiltForAsync(string model, long version, CancellationToken cancellationToken)
    {
        IReadOnlyList<TaskRecord> builds = await state.ReadAsync(t => new BuildStore(t).ListAsync(), cancellationToken);
        return [.. builds.Where(static b => b.State == TaskState.Succeeded).Select(static b => (BuildTask)b.Payload)
            .Where(b => b.Model == model && b.Version == version).Select(static b => b.Target.Name)];
    }

    /// <summary>Holds an artifact against what its build handed in: its manifest's hash, then the hashes in the manifest.</summary>
    /// <exception cref="BadInputException">It is not built.</exception>
    /// <exception cref="CorruptDataException">A byte differs; the message names file, found and expected hash.</exception>
    public async Task<ArtifactReport> CheckAsync(string model, long version, string target, CancellationToken cancellationToken)
    {
        TaskRecord? build = await state.ReadAsync(t => new BuildStore(t).FindAsync(model, version, target), cancellationToken);
        if (build is not { State: TaskState.Succeeded, Result: BuildResult result })
        {
            throw new BadInputException(
                $"Version {version} of '{model}' is not built for '{target}'{(build?.Failure is { } why ? $": {why}" : "")}. " +
                $"Build it: pipeline edge build {model}@{version} --target {target}");
        }

        string key = $"{result.Report.Path}/{ArtifactManifest.FileName}";
        byte[] manifest = await artifacts.TryGetAsync(key, cancellationToken)
            ?? throw new CorruptDataException($"'{key}' is gone. Build it again: pipeline edge build {model}@{version} --target {target}");
        string found = ContentHash.Of(manifest).Hex;
        if (found != result.ManifestSha256)
        {
            throw new CorruptDataException(
                $"File '{ArtifactManifest.FileName}' of artifact '{result.Report.Path}' has the hash {found}; expected {result.ManifestSha256}, which the build handed in: " +
                $"it was changed. Build it again: pipeline edge build {model}@{version} --target {target}");
        }

        await new ArtifactVerifier(artifacts).CheckFilesAsync(result.Report.Path, cancellationToken);
        return result.Report;
    }

    /// <summary>Whether a build's artifact is there, every byte of it as it was handed in.</summary>
    internal async Task<bool> IsWholeAsync(string model, long version, string target, CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(model, version, target, cancellationToken);
            return true;
        }
        catch (PipelineException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<ArtifactReport>> CheckAsync(string model, long version, IEnumerable<string> targets, CancellationToken cancellationToken)
    {
        List<ArtifactReport> reports = [];
        foreach (string target in targets)
        {
            reports.Add(await CheckAsync(model, version, target, cancellationToken));
        }

        return reports;
    }

    /// <summary>Alias, log and the builds that the alias is bound to, in one transaction; gives where the alias pointed before.</summary>
    private Task<long?> MoveAsync(
        string model, string alias, long? version, string user, string reason, PromotionKind kind, IReadOnlyList<string> toFleets, CancellationToken cancellationToken) =>
        state.WriteAsync(
            async transaction =>
            {
                ModelStore models = new(transaction);
                long? from = (await models.FindByAliasAsync(model, alias))?.Version;
                foreach (string? fleet in toFleets.Cast<string?>().DefaultIfEmpty())
                {
                    await models.SetAliasAsync(model, alias, version, user, reason, time.GetUtcNow(), kind, fleet);
                }

                await new BuildStore(transaction).AliasMovedAsync(model, alias);
                return from;
            },
            cancellationToken);

    private async Task PublishAsync(string fleet, IEnumerable<ArtifactReport> reports, CancellationToken cancellationToken)
    {
        using ManifestSigner signer = ManifestSigner.Open(keyFile);
        foreach (ArtifactReport report in reports)
        {
            await fleets.PublishAsync(fleet, artifacts, report.Path, signer, cancellationToken);
        }
    }
}
