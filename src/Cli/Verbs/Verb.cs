using System.CommandLine;
using Pipeline.Cli.Output;

namespace Pipeline.Cli.Verbs;

/// <summary>What a verb is given: the command line, where to print, and the deployment it works on.</summary>
internal sealed record VerbContext(ParseResult Arguments, Printer Printer, Workspace Workspace)
{
    public T Get<T>(Argument<T> argument) => Arguments.GetRequiredValue(argument);

    public T? Get<T>(Option<T> option) => Arguments.GetValue(option);
}

/// <summary>Makes verbs.</summary>
internal static class Verb
{
    /// <summary>A verb that runs; its symbols are arguments and options in the order of the help text.</summary>
    public static Command Of(
        string name, string description, Func<VerbContext, CancellationToken, Task<int>> run, params ReadOnlySpan<Symbol> symbols)
    {
        Command command = Group(name, description, symbols);
        command.SetAction((arguments, cancellationToken) => run(
            new VerbContext(arguments, new Printer(arguments.GetValue(CommandTree.Json)), new Workspace(arguments.GetValue(CommandTree.Config))),
            cancellationToken));
        return command;
    }

    /// <summary>A verb that runs to exit code 0.</summary>
    public static Command Of(
        string name, string description, Func<VerbContext, CancellationToken, Task> run, params ReadOnlySpan<Symbol> symbols) =>
        Of(
            name,
            description,
            async (context, cancellationToken) =>
            {
                await run(context, cancellationToken);
                return 0;
            },
            symbols);

    /// <summary>A verb that only has others below it.</summary>
    public static Command Group(string name, string description, params ReadOnlySpan<Symbol> symbols)
    {
        Command command = new(name, description);
        foreach (Symbol symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                case Command sub:
                    command.Add(sub);
                    break;
            }
        }

        return command;
    }
}
