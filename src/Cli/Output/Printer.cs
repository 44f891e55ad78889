using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Cli.Output;

/// <summary>Prints a verb's result: text for people, or one JSON document. Text is kept out of the way of the document.</summary>
internal sealed class Printer(bool json)
{
    public bool IsJson => json;

    /// <summary>Whether text goes to a terminal that can redraw and colour.</summary>
    public bool IsTerminal => !json && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Prints the document where JSON was asked for, and else lets <paramref name="text"/> print lines.</summary>
    public void Result<T>(T document, JsonTypeInfo<T> type, Action<TextWriter> text)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(document, type));
        }
        else
        {
            text(Console.Out);
        }
    }

    /// <summary>A line about how work goes: on standard output for people, on standard error beside a JSON document.</summary>
    public void Note(string line) => (json ? Console.Error : Console.Out).WriteLine(line);
}
