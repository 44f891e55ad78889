using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds the clips of the Speech Commands layout and of the official test archive's.</summary>
internal static class SpeechCommandsScanner
{
    private const string ValidationList = "validation_list.txt";
    private const string Licence = "CC BY 4.0";
    private const string TestingList = "testing_list.txt";

    public static FoundData Scan(SpeechCommandsData data)
    {
        string root = FolderScanner.Existing(data.Path);
        CheckPercent(data.Path, "unknownPercent", data.UnknownPercent);
        CheckPercent(data.Path, "silencePercent", data.SilencePercent);
        Func<string, string, Split> splitOf = SplitOf(root, data.Split);
        IReadOnlyList<string> words = FolderScanner.ClassFolders(root);
        FoundClip[] noise = [.. FolderScanner.Noise(root, data.Noise)];
        if (data.Classes != TwelveClasses.Names.Count)
        {
            if (data.Classes != words.Count)
            {
                throw new BadInputException($"{data.Path}: classes is {data.Classes}, but there are {words.Count} word folders. Expected 12, or {words.Count}.");
            }

            return new(words, [.. words.SelectMany(word => Clips(root, word, word, splitOf)), .. noise]) { Licence = Licence };
        }

        string[] missing = [.. TwelveClasses.Keywords.Except(words)];
        if (missing.Length > 0)
        {
            throw new BadInputException($"{data.Path}: the word folders {string.Join(", ", missing)} are missing. Expected the ten keywords {string.Join(", ", TwelveClasses.Keywords)}.");
        }

        return new(TwelveClasses.Names, [.. Twelve(data, root, words, splitOf), .. noise]) { Licence = Licence };
    }

    // Ready-made _silence_ and _unknown_ folders are taken whole; else they are made by the share of the keyword clips.
    private static List<FoundClip> Twelve(SpeechCommandsData data, string root, IReadOnlyList<string> words, Func<string, string, Split> splitOf)
    {
        List<FoundClip> clips = [.. TwelveClasses.Keywords.SelectMany(word => Clips(root, word, word, splitOf))];
        if (Directory.Exists(Path.Combine(root, TwelveClasses.Unknown)))
        {
            clips.AddRange(Clips(root, TwelveClasses.Unknown, TwelveClasses.Unknown, splitOf));
        }
        else
        {
            clips.AddRange(words.Except(TwelveClasses.Keywords).SelectMany(word => Clips(root, word, TwelveClasses.Unknown, splitOf)));
            clips = [.. TwelveClasses.LimitUnknown(clips, data.UnknownPercent, data.Seed)];
        }

        clips.AddRange(Directory.Exists(Path.Combine(root, TwelveClasses.Silence))
            ? Clips(root, TwelveClasses.Silence, TwelveClasses.Silence, splitOf)
            : TwelveClasses.SilenceFor(clips, data.SilencePercent));
        return clips;
    }

    private static IEnumerable<FoundClip> Clips(string root, string folder, string className, Func<string, string, Split> splitOf) =>
        FolderScanner.ClipsOf(root, folder).Select(file => new FoundClip(
            $"{folder}/{file.Name}",
            className,
            folder == TwelveClasses.Unknown && file.Name.Contains('_', StringComparison.Ordinal) ? file.Name[..file.Name.IndexOf('_', StringComparison.Ordinal)] : folder,
            SplitRules.SpeakerOf(file.Name),
            splitOf(folder, file.Name),
            file.FullName));

    private static Func<string, string, Split> SplitOf(string root, SplitRule rule)
    {
        string validationPath = Path.Combine(root, ValidationList), testingPath = Path.Combine(root, TestingList);
        if (rule != SplitRule.Official || (!File.Exists(validationPath) && !File.Exists(testingPath)))
        {
            return (_, name) => SplitRules.Of(rule, name);
        }

        if (!File.Exists(validationPath) || !File.Exists(testingPath))
        {
            throw new BadInputException($"{root}: found one of {ValidationList} and {TestingList}. Expected both, or neither (then clips are split by the hash of their speakers).");
        }

        HashSet<string> validation = [.. File.ReadLines(validationPath).Select(static line => line.Trim())];
        HashSet<string> testing = [.. File.ReadLines(testingPath).Select(static line => line.Trim())];
        return (folder, name) => validation.Contains($"{folder}/{name}") ? Split.Validation : testing.Contains($"{folder}/{name}") ? Split.Test : Split.Train;
    }

    private static void CheckPercent(string path, string key, double value)
    {
        if (value is not (>= 0 and <= 100))
        {
            throw new BadInputException($"{path}: {key} is {value}. Expected 0 to 100.");
        }
    }
}
