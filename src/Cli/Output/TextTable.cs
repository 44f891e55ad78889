namespace Pipeline.Cli.Output;

/// <summary>A table of aligned columns, as wide as it needs to be, so that it reads the same on a terminal and in a file.</summary>
internal sealed class TextTable(params IReadOnlyList<string> headers)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with a cell for each column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer)
    {
        string[][] lines = [[.. headers], .. _rows];
        int[] widths = [.. Enumerable.Range(0, headers.Count).Select(c => lines.Max(l => l[c].Length))];
        bool[] right = [.. Enumerable.Range(0, headers.Count).Select(c => _rows.Count > 0 && _rows.All(r => IsNumber(r[c])))];
        foreach (string[] line in lines)
        {
            IEnumerable<string> cells = line.Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]));
            writer.WriteLine(string.Join(Gap, cells).TrimEnd());
        }
    }

    private static bool IsNumber(string cell) => cell.Length == 0 || cell.All(static c => char.IsAsciiDigit(c) || "-+.,%/ eE".Contains(c, StringComparison.Ordinal));
}
