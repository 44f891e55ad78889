using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// Finds the clips of IEMOCAP: <c>SessionN/dialog/EmoEvaluation/*.txt</c> says what each utterance was judged to be, its sound is
/// <c>SessionN/sentences/wav/DIALOGUE/UTTERANCE.wav</c>. Who speaks stands in the utterance's name: the session, and F or M before the last number.
/// </summary>
internal static partial class IemocapScanner
{
    private const string Evaluations = "EmoEvaluation", Sounds = "sentences/wav";

    // Both papers that use it take four emotions, and excitement for happiness (models.md 4.2, 5.2); the rest is left out.
    private static readonly Dictionary<string, string> Emotions = new(StringComparer.Ordinal)
    {
        ["ang"] = "anger",
        ["exc"] = "happiness",
        ["hap"] = "happiness",
        ["neu"] = "neutral",
        ["sad"] = "sadness",
    };

    public static FoundData Scan(CorpusData data)
    {
        FolderScanner.CheckClipSeconds(data.Path, data.ClipSeconds);
        string root = FolderScanner.Existing(data.Path);
        string[] files = [.. Directory.EnumerateFiles(root, "*.txt", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
            .Where(static file => Path.GetFileName(Path.GetDirectoryName(file)) == Evaluations && Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)];
        FoundClip[] clips = [.. files.SelectMany(Clips)];
        return clips.Length > 0
            ? new(
                [.. Emotions.Values.Distinct().Order(StringComparer.Ordinal)],
                [.. SpeakerDeal.Deal(clips, data.Split, data.Seed), .. FolderScanner.Noise(root, data.Noise)],
                data.ClipSeconds)
            : throw new BadInputException(
                $"{data.Path}: found no utterances of IEMOCAP in {files.Length} evaluation files. Expected SessionN/dialog/{Evaluations}/*.txt; give the folder that holds the sessions.");
    }

    private static IEnumerable<FoundClip> Clips(string evaluation)
    {
        string session = Path.GetFullPath(Path.Combine(evaluation, "../../.."));
        foreach ((int index, string line) in File.ReadLines(evaluation).Index().Where(static l => l.Item.StartsWith('[')))
        {
            Match match = Summary().Match(line);
            if (!match.Success)
            {
                throw new BadInputException(
                    $"{evaluation}:{index + 1}: found '{line}'. Expected [START - END], the utterance, its emotion and [V, A, D], tabs between; get the file again.");
            }

            if (!Emotions.TryGetValue(match.Groups["emotion"].Value, out string? emotion))
            {
                continue;
            }

            string name = match.Groups["name"].Value, file = Path.Combine(session, Sounds, match.Groups["dialogue"].Value, name + ".wav");
            yield return File.Exists(file)
                ? new FoundClip($"{name}.wav", emotion, match.Groups["word"].Value, match.Groups["session"].Value + match.Groups["sex"].Value, Split.Train, file)
                : throw new BadInputException($"{evaluation}:{index + 1}: there is no recording {file} of '{name}'. Expected one for each utterance; unpack the corpus again.");
        }
    }

    [GeneratedRegex(
        @"^\[\d+\.\d+ - \d+\.\d+\]\t(?<name>(?<dialogue>(?<session>Ses\d\d)[FM]_(?<word>\w+))_(?<sex>[FM])\w*\d+)\t(?<emotion>[a-z]{3})\t\[",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Summary();
}
