using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds the clips of the Speech Commands layout and of the official test archive's.</summary>
internal static class SpeechCommandsScanner
{
    private const string ValidationList = "validation_list.txt";
    private const string TestingList = "testing_list.txt";

    public static FoundData Scan(SpeechCommandsData data, IReadOnlyList<HeldClip> held)
    {
        string root = FolderScanner.Existing(data.Path);
        CheckPercent(data.Path, "unknownPercent", data.UnknownPercent);
        CheckPercent(data.Path, "silencePercent", data.SilencePercent);
        Func<string, string, Split> splitOf = SplitOf(root, data.Split);
        IReadOnlyList<string> words = FolderScanner.ClassFolders(root);
        FoundClip[] noise = [.. FolderScanner.Noise(root, data.Noise)];
        bool silent = data.Classes == words.Count + 1;
        if (data.Classes != TwelveClasses.Names.Count && (data.Classes == words.Count || silent))
        {
            FoundClip[] clips = [.. words.SelectMany(word => Clips(data, root, word, word, splitOf))];
            return silent
                ? new([TwelveClasses.Silence, .. words], [.. clips, .. TwelveClasses.SilenceFor(clips, held, data.SilencePercent), .. noise])
                : new(words, [.. clips, .. noise]);
        }

        string[] missing = [.. TwelveClasses.Keywords.Except(words)];
        return data.Classes switch
        {
            11 or 12 when missing.Length > 0 => throw new BadInputException(
                $"{data.Path}: the word folders {string.Join(", ", missing)} are missing. Expected the ten keywords {string.Join(", ", TwelveClasses.Keywords)}."),
            11 => new([.. TwelveClasses.Names.Skip(1)], [.. Eleven(data, root, words, noise, splitOf), .. noise]),
            12 => new(TwelveClasses.Names, [.. Twelve(data, held, root, words, splitOf), .. noise]),
            _ => throw new BadInputException(
                $"{data.Path}: classes is {data.Classes}, but there are {words.Count} word folders. Expected 11, 12, {words.Count}, or {words.Count + 1} with silence."),
        };
    }

    // EdgeRNN's classes (models.md 4.2): every other word is unknown, and so is the first second of each background recording.
    private static IEnumerable<FoundClip> Eleven(
        SpeechCommandsData data, string root, IReadOnlyList<string> words, FoundClip[] noise, Func<string, string, Split> splitOf) =>
    [
        .. words.SelectMany(word => Clips(data, root, word, TwelveClasses.Keywords.Contains(word) ? word : TwelveClasses.Unknown, splitOf)),
        .. FolderScanner.Cut(data.Split, [.. noise.Select(clip => new FoundClip(
            $"{TwelveClasses.Unknown}/{clip.Id}", TwelveClasses.Unknown, TwelveClasses.Unknown, "", splitOf("", Path.GetFileName(clip.File!)), clip.File) { Reading = new(0, 1) })]),
    ];

    // Ready-made _silence_ and _unknown_ folders are taken whole; else they are made by the share of the keyword clips.
    private static List<FoundClip> Twelve(SpeechCommandsData data, IReadOnlyList<HeldClip> held, string root, IReadOnlyList<string> words, Func<string, string, Split> splitOf)
    {
        held = [.. held.Select(static clip => clip with { Class = clip.Class ?? TwelveClasses.ClassOf(clip.Folder) })];
        List<FoundClip> clips = [.. TwelveClasses.Keywords.SelectMany(word => Clips(data, root, word, word, splitOf))];
        if (Directory.Exists(Path.Combine(root, TwelveClasses.Unknown)))
        {
            clips.AddRange(Clips(data, root, TwelveClasses.Unknown, TwelveClasses.Unknown, splitOf));
        }
        else
        {
            clips.AddRange(words.Except(TwelveClasses.Keywords).SelectMany(word => Clips(data, root, word, TwelveClasses.Unknown, splitOf)));
            clips = [.. TwelveClasses.LimitUnknown(clips, held, data.UnknownPercent, data.Seed)];
        }

        clips.AddRange(Directory.Exists(Path.Combine(root, TwelveClasses.Silence))
            ? Clips(data, root, TwelveClasses.Silence, TwelveClasses.Silence, splitOf)
            : TwelveClasses.SilenceFor(clips, held, data.SilencePercent));
        return clips;
    }

    private static IEnumerable<FoundClip> Clips(SpeechCommandsData data, string root, string folder, string className, Func<string, string, Split> splitOf) =>
        FolderScanner.Cut(data.Split, [.. FolderScanner.ClipsOf(root, folder).Select(file => new FoundClip(
            $"{folder}/{file.Name}",
            className,
            folder == TwelveClasses.Unknown && file.Name.Contains('_', StringComparison.Ordinal) ? file.Name[..file.Name.IndexOf('_', StringComparison.Ordinal)] : folder,
            SplitRules.SpeakerOf(file.Name),
            splitOf(folder, file.Name),
            file.FullName))]);

    private static Func<string, string, Split> SplitOf(string root, SplitRule rule)
    {
        string validationPath = Path.Combine(root, ValidationList), testingPath = Path.Combine(root, TestingList);
        if (rule is not (SplitRule.Official or SplitRule.TestTrains) || (!File.Exists(validationPath) && !File.Exists(testingPath)))
        {
            return (_, name) => SplitRules.Of(rule, name);
        }

        if (!File.Exists(validationPath) || !File.Exists(testingPath))
        {
            throw new BadInputException($"{root}: found one of {ValidationList} and {TestingList}. Expected both, or neither (then clips are split by the hash of their speakers).");
        }

        HashSet<string> validation = [.. File.ReadLines(validationPath).Select(static line => line.Trim())];
        HashSet<string> testing = [.. File.ReadLines(testingPath).Select(static line => line.Trim())];
        Split listed = rule == SplitRule.TestTrains ? Split.Train : Split.Test;
        return (folder, name) => validation.Contains($"{folder}/{name}") ? Split.Validation : testing.Contains($"{folder}/{name}") ? listed : Split.Train;
    }

    private static void CheckPercent(string path, string key, double value)
    {
        if (value is not (>= 0 and <= 100))
        {
            throw new BadInputException($"{path}: {key} is {value}. Expected 0 to 100.");
        }
    }
}
