using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline registry</c>: registered models, their versions and aliases.</summary>
internal static class RegistryVerbs
{
    private static readonly Argument<string> Model = new("MODEL") { Description = "A registered model." };

    private static readonly Argument<string> Alias = new("ALIAS") { Description = "Letters, digits, dashes and underscores, for example champion." };

    private static readonly Argument<string> Version = new("VERSION") { Description = "The version it will point to, or `none` to remove it." };

    private static readonly Option<string> Reason = new("--reason")
    {
        Description = "Why, for the history.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "set by hand",
    };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "The port on 127.0.0.1.",
        HelpName = "N",
        DefaultValueFactory = _ => 5000,
    };

    public static Command Create() => Verb.Group(
        "registry",
        "Registered models, their versions and aliases.",
        [
        Verb.Of("list", "Lists the registered models.", ListAsync),
        Verb.Of("show", "Lists the versions of a model.", ShowAsync, Model),
        Verb.Of("alias", "Points an alias to a version.", AliasAsync, Model, Alias, Version, Reason),
        .. PromotionVerbs.Create(),
        Verb.Of("history", "Shows every move of a model's aliases.", HistoryAsync, Model),
        Verb.Of("serve", "Answers MLflow's calls on this machine until interrupted.", RegistryServer.RunAsync, Port),
        ]);

    /// <summary>The port that <c>serve</c> was given.</summary>
    public static int PortOf(VerbContext context) => context.Get(Port);

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        RegisteredModelReport[] models = await state.ReadAsync(
            async t =>
            {
                ModelStore store = new(t);
                List<RegisteredModelReport> reports = [];
                foreach (RegisteredModel model in await store.ListModelsAsync())
                {
                    int versions = (await store.ListVersionsAsync(model.Name)).Count;
                    reports.Add(new(model.Name, versions, model.Aliases, model.Updated));
                }

                return reports.ToArray();
            },
            cancellationToken);
        context.Printer.Result(models, CliJson.Default.RegisteredModelReportArray, writer =>
        {
            TextTable table = new("model", "versions", "aliases", "updated");
            foreach (RegisteredModelReport model in models)
            {
                table.Add(
                    model.Name,
                    model.Versions.ToString(CultureInfo.InvariantCulture),
                    string.Join(' ', model.Aliases.Select(a => $"{a.Key}={a.Value}")),
                    Format.Time(model.Updated));
            }

            table.Write(writer);
        });
    }

    private static async Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        ModelVersionReport[] versions = await state.ReadAsync(
            async t =>
            {
                ModelStore store = new(t);
                await RequireAsync(store, context.Get(Model));
                return (await store.ListVersionsAsync(context.Get(Model)))
                    .Select(v => new ModelVersionReport(v.Name, v.Version, v.Aliases, v.Run, v.Created, v.Model)).ToArray();
            },
            cancellationToken);
        context.Printer.Result(versions, CliJson.Default.ModelVersionReportArray, writer =>
        {
            TextTable table = new("version", "aliases", "model", "parameters", "test accuracy", "trained on", "created", "run");
            foreach (ModelVersionReport v in versions)
            {
                table.Add(
                    v.Version.ToString(CultureInfo.InvariantCulture),
                    string.Join(' ', v.Aliases),
                    v.Model?.Model ?? "-",
                    v.Model is null ? "-" : string.Join(' ', v.Model.ModelParameters.Select(p => $"{p.Key}={p.Value}")),
                    v.Model?.Metrics.TryGetValue("test/accuracy", out double accuracy) == true ? Format.Percent(accuracy) : "-",
                    v.Model is { Licences.Count: > 0 } trained ? string.Join(' ', trained.Licences.Select(static l => l.NonCommercial ? $"{l.Data} (non-commercial)" : l.Data)) : "-",
                    Format.Time(v.Created),
                    v.Run?.Value ?? "-");
            }

            table.Write(writer);
        });
    }

    private static async Task AliasAsync(VerbContext context, CancellationToken cancellationToken)
    {
        (string model, string alias, string text) = (context.Get(Model), context.Get(Alias), context.Get(Version));
        long? version = text == "none" ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw new BadInputException($"'{text}' is not a version. Expected a number, or `none`.");
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        await state.ReadAsync(
            async t =>
            {
                await RequireAsync(new ModelStore(t), model);
                return true;
            },
            cancellationToken);
        Promoter promoter = Promoter.Open(
            state, await context.Workspace.OpenBlobsAsync(cancellationToken), context.Workspace.Deployment.StateFolder, TimeProvider.System);
        IReadOnlyList<TargetSpec> bound = await promoter.SetAliasAsync(model, alias, version, Environment.UserName, context.Get(Reason)!, cancellationToken);
        Promotion[] history = [.. await state.ReadAsync(t => new ModelStore(t).HistoryAsync(model), cancellationToken)];
        context.Printer.Result(history, CliJson.Default.PromotionArray, writer =>
        {
            writer.WriteLine(version is null ? $"{model}@{alias} is removed." : $"{model}@{alias} is version {version}.");
            if (version is not null && bound.Count > 0)
            {
                writer.WriteLine($"The next worker builds it for {string.Join(", ", bound.Select(t => t.Name))}; now: pipeline edge build {model}@{alias} --target {bound[0].Name}");
            }
        });
    }

    private static async Task HistoryAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        Promotion[] history = await state.ReadAsync(
            async t =>
            {
                ModelStore store = new(t);
                await RequireAsync(store, context.Get(Model));
                return (await store.HistoryAsync(context.Get(Model))).ToArray();
            },
            cancellationToken);
        context.Printer.Result(history, CliJson.Default.PromotionArray, writer =>
        {
            TextTable table = new("time", "alias", "move", "from", "to", "fleet", "by", "reason");
            foreach (Promotion p in history)
            {
                table.Add(
                    Format.Time(p.Time),
                    p.Alias,
                    p.Kind.ToString().ToLowerInvariant(),
                    p.FromVersion?.ToString() ?? "-",
                    p.ToVersion?.ToString() ?? "-",
                    p.Fleet ?? "-",
                    p.User,
                    p.Reason);
            }

            table.Write(writer);
        });
    }

    private static async Task RequireAsync(ModelStore store, string name)
    {
        if (await store.FindModelAsync(name) is null)
        {
            throw new BadInputException(
                $"No model is registered as '{name}'. {NearestName.Suggest(name, [.. (await store.ListModelsAsync()).Select(m => m.Name)])}");
        }
    }
}
