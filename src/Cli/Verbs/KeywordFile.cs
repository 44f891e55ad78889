using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.Workers.Streaming;

namespace Pipeline.Cli.Verbs;

/// <summary>Where the keywords of a stream stand: lines of start, end (seconds) and class, with tabs between them.</summary>
internal static class KeywordFile
{
    /// <summary>Longest stream that is written: the samples are held in memory.</summary>
    private const double MaxSeconds = 3600;

    private const string Header = "start\tend\tclass";

    /// <summary>Writes a stream as a WAV, and its keywords beside it.</summary>
    /// <exception cref="BadInputException">It is too long.</exception>
    public static void Save(string file, TestStream stream, IReadOnlyList<string> classes)
    {
        if (stream.Sound.Length > MaxSeconds * stream.Sound.SampleRate)
        {
            throw new BadInputException($"--save writes streams of at most {MaxSeconds / 60} minutes. Expected a smaller --minutes.");
        }

        float[] samples = new float[stream.Sound.Length];
        stream.Sound.Read(0, samples);
        File.WriteAllBytes(file, WavWriter.ToBytes(samples, stream.Sound.SampleRate));
        File.WriteAllLines(file + ".tsv", [Header, .. stream.Keywords.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Start:F4}\t{k.End:F4}\t{classes[k.Class]}"))]);
    }

    /// <summary>Reads such a file.</summary>
    /// <exception cref="BadInputException">It cannot be read, or a line is not as expected.</exception>
    public static IReadOnlyList<SpokenKeyword> Read(string file, IReadOnlyList<string> classes)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file}: the list of keywords cannot be read: {e.Message}", e);
        }

        return [.. lines.Index().Where(static l => l.Item.Length > 0 && l.Item != Header).Select(l => Parse(l.Item, $"{file}:{l.Index + 1}", classes)).OrderBy(static k => k.Start)];
    }

    private static SpokenKeyword Parse(string line, string place, IReadOnlyList<string> classes)
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 3 || !TryParse(cells[0], out double start) || !TryParse(cells[1], out double end) || end < start)
        {
            throw new BadInputException($"{place}: found '{line}'. Expected start, end and class with tabs between them, the end not before the start: 1.5 2.5 yes");
        }

        int index = classes.ToList().IndexOf(cells[2]);
        return index >= 0 ? new(index, start, end) : throw new BadInputException($"{place}: the model has no class '{cells[2]}'. {NearestName.Suggest(cells[2], classes)}");
    }

    private static bool TryParse(string text, out double seconds) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds >= 0;
}
