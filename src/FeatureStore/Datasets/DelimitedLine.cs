using System.Text;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Lines of CSV (RFC 4180) and TSV. A cell may be quoted, its own quotes doubled; line breaks within a cell are not taken.</summary>
internal static class DelimitedLine
{
    /// <summary>The cells of a line; null where a quote is not closed, or something follows the quote that closes a cell.</summary>
    public static IReadOnlyList<string>? Split(string line, char separator)
    {
        List<string> cells = [];
        for (int at = 0; ; at++)
        {
            if (at < line.Length && line[at] == '"')
            {
                if (Quoted(line, ref at) is not { } cell)
                {
                    return null;
                }

                cells.Add(cell);
            }
            else
            {
                int end = line.IndexOf(separator, at) is var found and >= 0 ? found : line.Length;
                cells.Add(line[at..end].Trim());
                at = end;
            }

            if (at == line.Length)
            {
                return cells;
            }

            if (line[at] != separator)
            {
                return null;
            }
        }
    }

    // Leaves the place after the closing quote.
    private static string? Quoted(string line, ref int at)
    {
        StringBuilder cell = new();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                cell.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                cell.Append(line[at++]);
            }
            else
            {
                at++;
                return cell.ToString();
            }
        }

        return null;
    }
}
