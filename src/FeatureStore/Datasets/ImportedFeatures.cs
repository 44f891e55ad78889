using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Reads ready-made log-mel rows: <c>index.tsv</c> says what each is, <c>features.npy</c> holds the pictures.</summary>
internal static class ImportedFeatures
{
    public const string FrontEnd = FrontEnds.FrontEnds.LogMel404Khz;
    public const int Bands = 40, Frames = 98;
    public const int Values = Bands * Frames;
    private const string ArrayName = "features.npy";
    private const string IndexName = "index.tsv";
    private const string Header = "row\tlabel\tword\tspeaker\tsplit\tname";

    /// <summary>What is taken where nothing is said: the values were stored as round(10.05 ln(E + 1e-6) + 146.4).</summary>
    private static readonly ValueMapping Standard = new(NpyType.Uint8, 10.05, 146.4);

    /// <summary>The rows that the twelve classes take: keywords and background whole, other words limited as in <see cref="TwelveClasses"/>.</summary>
    public static FoundData Scan(ImportedFeaturesData data)
    {
        string root = FolderScanner.Existing(data.Path);
        string array = Path.Combine(root, ArrayName), index = Path.Combine(root, IndexName);
        if (!File.Exists(index))
        {
            throw new BadInputException($"{index}: there is no such file. Expected the index of {ArrayName}, with the columns {Header.Replace("\t", ", ", StringComparison.Ordinal)}.");
        }

        NpyFile file = NpyFile.OpenRows(array, Frames, Bands);
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

        return new(TwelveClasses.Names, [.. TwelveClasses.LimitUnknown(clips, data.UnknownPercent, data.Seed)]);
    }

    /// <summary>Turns a row [frames, bands] of stored values into features [bands, frames].</summary>
    public static void Decode(ReadOnlySpan<byte> row, ValueMapping? mapping, Span<float> features)
    {
        mapping ??= Standard;
        for (int frame = 0; frame < Frames; frame++)
        {
            for (int band = 0; band < Bands; band++)
            {
                features[(band * Frames) + frame] = mapping.Feature(row, (frame * Bands) + band);
            }
        }
    }

    // Null where it is the standard one, so that saying so makes no other set.
    private static ValueMapping? Mapping(ImportedFeaturesData data, NpyFile file)
    {
        if (data.Gain is null && file.Type != NpyType.Uint8)
        {
            throw new BadInputException(
                $"{file.Path}: found an array of {file.Type.ToString().ToLowerInvariant()}, whose values may stand for anything. Expected uint8, or `values: {{ gain: 1, offset: 0 }}` in the data set: value = gain * feature + offset.");
        }

        ValueMapping mapping = new(file.Type, data.Gain ?? Standard.Gain, data.Gain is null ? Standard.Offset : data.Offset);
        return mapping == Standard ? null : mapping;
    }

    private static FoundClip Parse(string line, string index, int number, string array, int rows)
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 6 || !int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int row) || row >= rows)
        {
            throw new BadInputException($"{index}: line {number} is '{line}'. Expected six cells, the first a row below {rows}.");
        }

        if (!TwelveClasses.Names.Contains(cells[1]))
        {
            throw new BadInputException($"{index}: line {number} has the label '{cells[1]}'. Expected one of {string.Join(", ", TwelveClasses.Names)}.");
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
