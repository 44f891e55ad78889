using System.CommandLine;
using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Cli.Verbs;

/// <summary>The options of the verbs that listen to a stream.</summary>
internal static class StreamOptions
{
    private static readonly StreamSettings Standard = new();

    private static readonly Option<int> Hop = Milliseconds("--hop", "Milliseconds from one window to the next.", Standard.HopMs, 10, 1000);

    private static readonly Option<int> Smoothing = Milliseconds("--smoothing", "Milliseconds over which probabilities are averaged.", Standard.SmoothingMs, 0, 10_000);

    private static readonly Option<int> Refractory = Milliseconds("--refractory", "Milliseconds after a keyword in which none is heard.", Standard.RefractoryMs, 0, 60_000);

    private static readonly Option<double> Threshold = InRange(
        new Option<double>("--threshold") { Description = "The averaged probability from which a keyword counts as heard.", HelpName = "P", DefaultValueFactory = _ => Standard.Threshold }, 0, 1);

    /// <summary>All of them, in the order of the help text.</summary>
    public static IReadOnlyList<Symbol> All { get; } = [Hop, Smoothing, Threshold, Refractory];

    /// <summary>What they say.</summary>
    public static StreamSettings Of(VerbContext context) => Standard with
    {
        HopMs = context.Get(Hop),
        SmoothingMs = context.Get(Smoothing),
        RefractoryMs = context.Get(Refractory),
        Threshold = context.Get(Threshold),
    };

    /// <summary>The option, refused while the command line is read where its number is not in the range.</summary>
    public static Option<T> InRange<T>(Option<T> option, double least, double most)
        where T : IConvertible
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { } text }] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !(value >= least && value <= most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {text}. Expected {least} to {most}."));
            }
        });
        return option;
    }

    private static Option<int> Milliseconds(string name, string description, int standard, int least, int most) =>
        InRange(new Option<int>(name) { Description = description, HelpName = "MS", DefaultValueFactory = _ => standard }, least, most);
}
