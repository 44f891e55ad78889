using System.Globalization;

namespace Pipeline.Cli.Output;

/// <summary>A confusion matrix as text: a row for each true class, a column for each predicted one.</summary>
internal static class ConfusionText
{
    private const string Reset = "\e[0m";

    /// <summary>The grey ramp of the 256 terminal colours: 232 is nearly black, 255 nearly white.</summary>
    private const int Darkest = 232;
    private const int Greys = 22;

    /// <summary>Writes the matrix; the shares of a row are shown by brightness where <paramref name="colour"/> is on.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<string> classes, int[][] counts, bool colour)
    {
        string[] names = [.. classes.Select(c => c.Trim('_'))];
        int name = Math.Max("true".Length, names.Max(c => c.Length));
        int[] widths = [.. names.Select((c, i) => Math.Max(c.Length, counts.Max(row => Text(row[i]).Length)))];
        writer.WriteLine("true".PadRight(name) + "  " + string.Join(' ', names.Select((c, i) => c.PadLeft(widths[i]))) + "  recall");
        for (int t = 0; t < counts.Length; t++)
        {
            int total = counts[t].Sum();
            writer.Write(names[t].PadRight(name) + " ");
            for (int p = 0; p < counts[t].Length; p++)
            {
                string cell = " " + (counts[t][p] == 0 && t != p ? "." : Text(counts[t][p])).PadLeft(widths[p]);
                writer.Write(colour && total > 0 ? Shade((double)counts[t][p] / total) + cell + Reset : cell);
            }

            writer.WriteLine("  " + (total == 0 ? "-" : Format.Percent((double)counts[t][t] / total)).PadLeft(7));
        }
    }

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Shade(double share)
    {
        // The square root lifts small shares, which are the mistakes one looks for.
        int grey = (int)Math.Round(Math.Sqrt(share) * Greys);
        return $"\e[48;5;{Darkest + grey};38;5;{(grey > Greys / 2 ? Darkest : Darkest + Greys)}m";
    }
}
