using System.CommandLine;
using Pipeline.Cli.Verbs;
using Pipeline.Contracts;

namespace Pipeline.Cli.Sweeps;

/// <summary>Where servers are and what lets us in: the options of the verbs that speak to one.</summary>
/// <param name="Urls">The orchestrators, each as good as the other.</param>
/// <param name="Token">The bearer token; null: none.</param>
internal sealed record ServerAddress(IReadOnlyList<Uri> Urls, string? Token)
{
    /// <summary>The variable that holds the token where the command line does not.</summary>
    public const string TokenVariable = "PIPELINE_TOKEN";

    public static Option<string?> Server { get; } = new("--server")
    {
        Description = "An orchestrator's address, or several with commas between: https://HOST:PORT, or http:// on this machine.",
        HelpName = "URL",
    };

    public static Option<string?> TokenOption { get; } = new("--token")
    {
        Description = $"The token that lets us in. Better {TokenVariable} in the environment: a command line is shown to everyone on the machine.",
        HelpName = "TOKEN",
    };

    /// <summary>What the command line says; null where it names no server.</summary>
    /// <exception cref="BadInputException">An address is none, or would carry the token in the clear.</exception>
    public static ServerAddress? Of(VerbContext context) => context.Get(Server) is { } text
        ? new ServerAddress([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)], Secret(context))
        : null;

    private static string? Secret(VerbContext context) =>
        (context.Get(TokenOption) ?? Environment.GetEnvironmentVariable(TokenVariable))?.Trim() is { Length: > 0 } token ? token : null;

    private static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? server) && (server.Scheme == Uri.UriSchemeHttps || (server.Scheme == Uri.UriSchemeHttp && server.IsLoopback))
            ? server
            : throw new BadInputException($"--server {text}: expected https://HOST:PORT, or http://127.0.0.1:PORT on this machine.");
}
