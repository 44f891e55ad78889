using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Access;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline tokens</c>: who may do what from other machines.</summary>
internal static class TokenVerbs
{
    private const int MaxDays = 3650;

    private static readonly Argument<string> Name = new("NAME") { Description = "The token's name: letters, digits, dots, dashes, underscores." };

    private static readonly Option<string> RoleOption = new("--role")
    {
        Description = "viewer: reads. operator: also submits, steers, promotes. worker: claims tasks. device: fetches its fleet's releases. admin: everything.",
        HelpName = "ROLE",
        Required = true,
    };

    private static readonly Option<int?> Days = new("--days") { Description = "How long it is good; absent: until it is revoked.", HelpName = "N" };

    public static Command Create() => Verb.Group(
        "tokens",
        "Who may do what from other machines.",
        Verb.Of("create", "Makes a token and prints it, the only time that it is shown.", CreateAsync, Name, RoleOption, Days),
        Verb.Of("list", "Lists the tokens, without what they are.", ListAsync),
        Verb.Of("revoke", "Takes a token's rights away at once.", RevokeAsync, Name));

    private static async Task CreateAsync(VerbContext context, CancellationToken cancellationToken)
    {
        string text = context.Get(RoleOption)!;
        if (!Enum.TryParse(text, ignoreCase: true, out Role role) || !Enum.IsDefined(role) || int.TryParse(text, CultureInfo.InvariantCulture, out _))
        {
            throw new BadInputException($"--role {text}: {NearestName.Suggest(text, [.. Enum.GetNames<Role>().Select(static r => r.ToLowerInvariant())])}");
        }

        int? days = context.Get(Days);
        if (days is < 1 or > MaxDays)
        {
            throw new BadInputException($"--days {days}: expected 1 to {MaxDays}.");
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await using StateDatabase state = await context.Workspace.CreateStateAsync(cancellationToken);
        string name = context.Get(Name);
        string token = await state.WriteAsync(t => new TokenStore(t).CreateAsync(name, role, now, days is { } d ? now.AddDays(d) : null), cancellationToken);
        context.Printer.Result(new TokenReport(name, role, token), CliJson.Default.TokenReport, writer => writer.WriteLine(token));
    }

    private static async Task ListAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        TokenRecord[] tokens = [.. await state.ReadAsync(static t => new TokenStore(t).ListAsync(), cancellationToken)];
        context.Printer.Result(tokens, CliJson.Default.TokenRecordArray, writer =>
        {
            TextTable table = new("name", "role", "created", "expires");
            foreach (TokenRecord t in tokens)
            {
                table.Add(t.Name, t.Role.ToString().ToLowerInvariant(), Format.Time(t.Created), t.Expires is { } expires ? Format.Time(expires) : "-");
            }

            table.Write(writer);
        });
    }

    private static async Task RevokeAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        string name = context.Get(Name);
        if (!await state.WriteAsync(t => new TokenStore(t).RevokeAsync(name), cancellationToken))
        {
            throw new BadInputException($"There is no token '{name}'. List them with `pipeline tokens list`.");
        }

        context.Printer.Note($"token {name} is good for nothing now");
    }
}
