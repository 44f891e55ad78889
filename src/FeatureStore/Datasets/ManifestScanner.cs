using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds the clips that a manifest lists.</summary>
internal static class ManifestScanner
{
    private const string PathColumn = "path", LabelColumn = "label", SpeakerColumn = "speaker", SplitColumn = "split";
    private const string StartColumn = "start", EndColumn = "end";

    private static readonly string[] Columns = [PathColumn, LabelColumn, SpeakerColumn, SplitColumn, StartColumn, EndColumn];

    public static FoundData Scan(ManifestData data)
    {
        FolderScanner.CheckClipSeconds(data.Path, data.ClipSeconds);
        string file = Path.GetFullPath(data.Path);
        if (!File.Exists(file))
        {
            throw new BadInputException(
                $"{data.Path}: there is no such file ({file}). Expected a CSV or TSV file with the columns {string.Join(", ", Columns)}.");
        }

        (string[] header, List<FoundClip> clips) = Read(file);
        IEnumerable<FoundClip> split = data.Split is null && header.Contains(SplitColumn)
            ? clips
            : SpeakerDeal.Deal(clips, data.Split ?? SpeakerSplit.Speakers, data.Seed);
        string[] classes = [.. clips.Select(static clip => clip.Class!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        IEnumerable<FoundClip> noise = FolderScanner.Noise(Path.GetDirectoryName(file)!, data.Noise);
        return new(classes, [.. split, .. noise], data.ClipSeconds);
    }

    private static (string[] Header, List<FoundClip> Clips) Read(string file)
    {
        char separator = file.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
        string folder = Path.GetDirectoryName(file)!;
        string[] header = [];
        List<FoundClip> clips = [];
        foreach ((int index, string line) in File.ReadLines(file).Index().Where(static l => !string.IsNullOrWhiteSpace(l.Item)))
        {
            string place = $"{file}:{index + 1}";
            if (line.Contains('\0', StringComparison.Ordinal))
            {
                throw new BadInputException($"{place}: the line holds a zero byte. Expected text in UTF-8; the file is torn or of another kind.");
            }

            IReadOnlyList<string> cells = DelimitedLine.Split(line, separator)
                ?? throw new BadInputException(
                    $"{place}: a quote is not closed, or text follows it. Expected cells as \"a \"\"word\"\"\", on one line.");
            if (header.Length == 0)
            {
                header = Header(cells, place);
            }
            else if (cells.Count != header.Length)
            {
                throw new BadInputException(
                    $"{place}: found {cells.Count} cells. Expected {header.Length}, as in the first line: {string.Join(", ", header)}.");
            }
            else
            {
                var filled = header.Zip(cells).Where(static c => c.Second.Length > 0).ToDictionary(static c => c.First, static c => c.Second);
                clips.Add(Clip(filled, folder, place));
            }
        }

        return clips.Count > 0 ? (header, clips) : throw new BadInputException(
            $"{file}: lists no recordings. Expected a line of column names, then one for each clip.");
    }

    private static string[] Header(IReadOnlyList<string> cells, string place)
    {
        string[] unknown = [.. cells.Except(Columns)], missing = [.. new[] { PathColumn, LabelColumn }.Except(cells)];
        return unknown.Length == 0 && missing.Length == 0 && cells.Distinct().Count() == cells.Count
            ? [.. cells]
            : throw new BadInputException(
                $"{place}: found the columns {string.Join(", ", cells)}. Expected {PathColumn} and {LabelColumn}, and any of "
                + $"{string.Join(", ", Columns[2..])}, each once; rename or remove the others.");
    }

    private static FoundClip Clip(Dictionary<string, string> cells, string folder, string place)
    {
        string path = Text(cells, PathColumn, place), label = Text(cells, LabelColumn, place);
        double? start = Seconds(cells, StartColumn, place), end = Seconds(cells, EndColumn, place);
        if (end <= (start ?? 0))
        {
            throw new BadInputException($"{place}: the clip ends at {end} s, at or before its start at {start ?? 0} s. Expected a later end.");
        }

        Split split = cells.GetValueOrDefault(SplitColumn) switch
        {
            "train" or null => Split.Train,
            "validation" => Split.Validation,
            "test" => Split.Test,
            { } other => throw new BadInputException($"{place}: the split is '{other}'. Expected train, validation or test."),
        };
        string id = start is null && end is null ? path : FormattableString.Invariant($"{path}@{start ?? 0}-{end}");
        return new(id, label, label, cells.GetValueOrDefault(SpeakerColumn) ?? "", split, Path.GetFullPath(path, folder))
        {
            Reading = start is null && end is null ? null : new(start ?? 0, end),
        };
    }

    private static string Text(Dictionary<string, string> cells, string column, string place) =>
        cells.GetValueOrDefault(column) ?? throw new BadInputException($"{place}: the cell '{column}' is empty. Expected one in every line.");

    private static double? Seconds(Dictionary<string, string> cells, string column, string place)
    {
        if (cells.GetValueOrDefault(column) is not { } text)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < 1e6
            ? seconds
            : throw new BadInputException($"{place}: '{column}' is '{text}'. Expected seconds from 0 on, such as 1.25.");
    }
}
