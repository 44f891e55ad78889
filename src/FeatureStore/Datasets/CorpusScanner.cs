using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds the clips of a corpus by the names of its files.</summary>
internal static class CorpusScanner
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden };

    public static FoundData Scan(CorpusData data)
    {
        CorpusRule rule = CorpusRule.Of(data.Corpus);
        FolderScanner.CheckClipSeconds(data.Path, data.ClipSeconds);
        string root = FolderScanner.Existing(data.Path);
        FoundClip[] noise = [.. FolderScanner.Noise(root, data.Noise)];
        IEnumerable<string> files = Directory.EnumerateFiles(root, "*", Everywhere).Where(IsRecording).Except(noise.Select(static clip => clip.File!));
        FoundClip[] clips = [.. files.Select(file => Clip(rule, root, file)).OfType<FoundClip>()];
        if (clips.Length == 0)
        {
            throw new BadInputException(
                $"{data.Path}: found no recordings of {rule.Title}. Expected files as {rule.Example}. Give the folder that holds the corpus.");
        }

        string[] classes = [.. rule.Classes.Values.Order(StringComparer.Ordinal)];
        return new(classes, [.. SpeakerDeal.Deal(clips, data.Split, data.Seed), .. noise], data.ClipSeconds);
    }

    private static bool IsRecording(string file) => AudioReader.Extensions.Contains(Path.GetExtension(file));

    // The id has no folders but the speaker's, so that a corpus unpacked twice under one folder is refused and not counted twice.
    private static FoundClip? Clip(CorpusRule rule, string root, string file)
    {
        string path = Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');
        return rule.Read(path) is not { } named
            ? null
            : new($"{named.Speaker}/{Path.GetFileName(file)}", named.Class, named.Word, named.Speaker, Split.Train, file);
    }
}
