using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Reads features made elsewhere: <c>index.tsv</c> says what each row is, <c>features.npy</c> holds the pictures.</summary>
internal static class ImportedFeatures
{
    /// <summary>The front end of <see cref="ValueMapping.Standard"/>.</summary>
    public const string StandardFrontEnd = FrontEnds.FrontEnds.LogMel404Khz;

    private const string ArrayName = "features.npy";
    private const string IndexName = "index.tsv";
    private const int FirstLine = 2;
    private const string Header = "row\tlabel\tword\tspeaker\tsplit\tname";

    /// <summary>
    /// The rows with their classes. Of twelve classes keywords and background are whole, and other words limited as in <see cref="TwelveClasses"/>; otherwise
    /// every label of the index is a class.
    /// </summary>
    public static FoundData Scan(ImportedFeaturesData data, IReadOnlyList<HeldClip> held)
    {
        FolderScanner.CheckClipSeconds(data.Path, data.ClipSeconds);
        string root = FolderScanner.Existing(data.Path);
        string array = Path.Combine(root, ArrayName), index = Path.Combine(root, IndexName);
        if (!File.Exists(index))
        {
            throw new BadInputException($"{index}: there is no such file. Expected the index of {ArrayName}, with the columns {Header.Replace("\t", ", ", StringComparison.Ordinal)}.");
        }

        NpyFile file = NpyFile.OpenRows(array);
        ClipReading? reading = Mapping(data, file) is { } mapping ? new() { Values = mapping } : null;
        List<FoundClip> clips = [];
        int number = 0;
        foreach (string line in File.ReadLines(index))
        {
            number++;
            if (number == 1)
            {
                _ = line == Header ? line : throw new BadInputException($"{index}: line 1 is '{line}'. Expected '{Header}'.");
                continue;
            }

            clips.Add(Parse(line, index, number, array, file.Rows) with { Reading = reading });
        }

        return data.Classes == TwelveClasses.Names.Count ? Twelve(data, held, clips, index) : Each(data, clips, index);
    }

    private static FoundData Twelve(ImportedFeaturesData data, IReadOnlyList<HeldClip> held, List<FoundClip> clips, string index)
    {
        int other = clips.FindIndex(static clip => !TwelveClasses.Names.Contains(clip.Class!));
        return other < 0
            ? new(TwelveClasses.Names, [.. TwelveClasses.LimitUnknown(clips, held, data.UnknownPercent, data.Seed)], data.ClipSeconds)
            : throw new BadInputException(
                $"{index}: line {other + FirstLine} has the label '{clips[other].Class}'. Expected one of {string.Join(", ", TwelveClasses.Names)}; "
                + "or write `classes:` with the number of labels, each of which is a class then.");
    }

    private static FoundData Each(ImportedFeaturesData data, List<FoundClip> clips, string index)
    {
        string[] labels = [.. clips.Select(static clip => clip.Class!).Distinct().Order(StringComparer.Ordinal)];
        return labels.Length == data.Classes
            ? new(labels, clips, data.ClipSeconds)
            : throw new BadInputException($"{index}: found {labels.Length} labels: {string.Join(", ", labels.Take(20))}. Expected {data.Classes}, as `classes` says.");
    }

    // Null where it is the standard one, so that saying so makes no other set.
    private static ValueMapping? Mapping(ImportedFeaturesData data, NpyFile file)
    {
        ValueMapping standard = ValueMapping.Standard;
        ValueMapping mapping = new(file.Type, data.Gain ?? standard.Gain, data.Gain is null ? standard.Offset : data.Offset, file.Frames, file.Bands);
        if (data.Gain is null && mapping != standard)
        {
            throw new BadInputException(
                $"{file.Path}: found {file.Type.ToString().ToLowerInvariant()} [rows, {file.Frames}, {file.Bands}], whose values may stand for anything. "
                + $"Expected uint8 [rows, {standard.Frames}, {standard.Bands}], or `values: {{ gain: 1, offset: 0 }}` in the data set: value = gain * feature + offset.");
        }

        return mapping == standard ? null : mapping;
    }

    private static FoundClip Parse(string line, string index, int number, string array, int rows)
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 6 || !int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int row) || row >= rows)
        {
            throw new BadInputException($"{index}: line {number} is '{line}'. Expected six cells, the first a row below {rows}.");
        }

        if (cells[1].Length == 0)
        {
            throw new BadInputException($"{index}: line {number} has no label. Expected the name of its class.");
        }

        Split split = cells[4] switch
        {
            "training" => Split.Train,
            "validation" => Split.Validation,
            "testing" => Split.Test,
            _ => throw new BadInputException($"{index}: line {number} has the split '{cells[4]}'. Expected training, validation or testing."),
        };
        return new($"{cells[1]}/{cells[5]}", cells[1], cells[2], cells[3], split, array, row);
    }
}
