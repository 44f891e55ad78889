using Pipeline.Contracts;
using Pipeline.Edge.Fleets;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Reads models, and what the gates of the deployment say of them, and fleets.</summary>
internal sealed class RegistryQueries(StateDatabase state, IBlobStore blobs, FleetStore fleets, Deployment? deployment)
{
    /// <summary>The fleets of the deployment.</summary>
    public IReadOnlyList<FleetSpec> Fleets => deployment?.Fleets ?? [];

    /// <summary>What must hold for a promotion of a model.</summary>
    public IReadOnlyList<Gate> Gates(string model) => deployment?.Gates(model) ?? [];

    /// <summary>All models by name.</summary>
    public Task<IReadOnlyList<RegisteredModel>> ModelsAsync(CancellationToken cancellationToken) =>
        state.ReadAsync(static t => new ModelStore(t).ListModelsAsync(), cancellationToken);

    /// <summary>A model with its versions.</summary>
    /// <exception cref="BadInputException">There is no such model.</exception>
    public async Task<ModelView> ModelAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<Gate> gates = Gates(name);
        ILookup<long, BuildRow> builds = (await new BuildQueries(state).ListAsync(cancellationToken))
            .Where(b => b.Model == name && b.Report is not null).ToLookup(static b => b.Version);
        ModelView view = await state.ReadAsync(
            async transaction =>
            {
                ModelStore models = new(transaction);
                RegisteredModel model = await models.FindModelAsync(name) ?? throw new BadInputException($"No model is registered as '{name}'.");
                return new ModelView(
                    model,
                    [.. (await models.ListVersionsAsync(name)).Select(v => new VersionView(
                        v, [.. builds[v.Version].Select(static b => b.Target.Name)], Promotions.Gates.Failures(gates, builds[v.Version].Select(static b => b.Report!))))],
                    [.. (await models.HistoryAsync(name)).Reverse()],
                    [.. gates.Select(static g => $"{g.Name}{(g.Min is { } min ? $" at least {Show.Number(min)}" : "")}{(g.Max is { } max ? $" at most {Show.Number(max)}" : "")}")],
                    [.. Fleets.Select(static f => f.Name)],
                    []);
            },
            cancellationToken);
        return view with { Streams = await StreamsAsync(view.Versions, cancellationToken) };
    }

    /// <summary>Of the versions that have an alias: the others are history.</summary>
    private async Task<IReadOnlyList<StreamView>> StreamsAsync(IReadOnlyList<VersionView> versions, CancellationToken cancellationToken)
    {
        List<StreamView> streams = [];
        foreach (ModelVersion version in versions.Select(static v => v.Version).Where(static v => v.Aliases.Count > 0))
        {
            if (version.Run is { } run && await ModelArtifacts.ReadStreamAsync(blobs, state, run, cancellationToken) is { } report)
            {
                streams.Add(new StreamView($"{string.Join(", ", version.Aliases)} (version {version.Version})", report, $"v{version.Version}"));
            }
        }

        return streams;
    }

    /// <summary>The fleets, with what their boards run.</summary>
    public async Task<IReadOnlyList<FleetView>> FleetsAsync(CancellationToken cancellationToken)
    {
        List<FleetView> views = [];
        foreach (FleetSpec fleet in Fleets)
        {
            List<FleetRelease> releases = [];
            foreach (string target in fleet.Targets ?? [.. deployment!.Targets.Keys.Order(StringComparer.Ordinal)])
            {
                if (await fleets.CurrentAsync(fleet.Name, target, cancellationToken) is { } release)
                {
                    releases.Add(release);
                }
            }

            views.Add(new FleetView(fleet.Name, string.Join(", ", fleet.Labels.Select(static l => $"{l.Key}={l.Value}")), releases));
        }

        return views;
    }
}
