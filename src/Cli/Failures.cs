using System.CommandLine;
using Pipeline.Contracts;

namespace Pipeline.Cli;

/// <summary>Turns what went wrong into one message on standard error and an exit code.</summary>
internal static class Failures
{
    public const int Interrupted = 130;
    private const int Failed = 1;
    private const int BadUsage = 2;

    /// <summary>Reports a command line that cannot be understood.</summary>
    public static int OfUsage(ParseResult command)
    {
        string verb = PathOf(command.CommandResult.Command);
        string unmatched = string.Join(' ', command.UnmatchedTokens.Select(t => $"'{t}'"));
        IEnumerable<string> messages = command.UnmatchedTokens.Count == 0
            ? command.Errors.Select(e => e.Message).Distinct()
            : [$"Found {unmatched} after `{verb}`, which it does not take."];
        foreach (string message in messages)
        {
            Console.Error.WriteLine("pipeline: " + message);
        }

        string[] verbs = [.. command.CommandResult.Command.Subcommands.Select(c => c.Name)];
        if (command.UnmatchedTokens is [var first, ..] && verbs.Length > 0)
        {
            Console.Error.WriteLine(NearestName.Suggest(first, verbs));
        }

        Console.Error.WriteLine($"Try `{verb} --help`.");
        return BadUsage;
    }

    /// <summary>Reports an exception that ended a verb.</summary>
    public static int Report(Exception failure, bool debug, bool interrupted)
    {
        if (failure is OperationCanceledException && interrupted)
        {
            return Interrupted;
        }

        (string message, int exit) = failure switch
        {
            TypeInitializationException { InnerException: PipelineException e } => (e.Message, e.ExitCode),
            PipelineException e => (e.Message, e.ExitCode),
            IOException or UnauthorizedAccessException => (failure.Message, Failed),
            _ => ($"{failure.Message}\nThis is a defect of pipeline ({failure.GetType().Name}). Run again with --debug to see where.", Failed),
        };
        Console.Error.WriteLine("pipeline: " + (debug ? failure.ToString() : message));
        return exit;
    }

    private static string PathOf(Command command)
    {
        List<string> names = [];
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            names.Insert(0, symbol is RootCommand ? CommandTree.Name : symbol.Name);
        }

        return string.Join(' ', names);
    }
}
