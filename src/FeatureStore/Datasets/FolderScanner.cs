using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds recordings in folders.</summary>
internal static class FolderScanner
{
    // The largest public keyword corpus has 6 million clips; a folder with more is not one that was meant.
    private const int MaxClips = 10_000_000;

    /// <summary>The data of a folder for each class.</summary>
    public static FoundData Scan(FolderData data)
    {
        CheckClipSeconds(data.Path, data.ClipSeconds);
        string root = Existing(data.Path);
        string[] classes = [.. ClassFolders(root)];
        IEnumerable<FoundClip> clips = classes.SelectMany(name => Cut(data.Split, [.. ClipsOf(root, name)
            .Select(file => new FoundClip($"{name}/{file.Name}", name, name, SplitRules.SpeakerOf(file.Name), SplitRules.Of(data.Split, file.Name), file.FullName))]));
        return new(classes, [.. clips, .. Noise(root, data.Noise)], data.ClipSeconds);
    }

    /// <summary>The clips of one folder, cut where the rule cuts folders.</summary>
    public static IEnumerable<FoundClip> Cut(SplitRule rule, IReadOnlyCollection<FoundClip> clips) =>
        rule == SplitRule.Head ? HeadSplit.Of(clips, static clip => clip.Id) : clips;

    /// <summary>Refuses lengths of clips that no row should have.</summary>
    public static void CheckClipSeconds(string path, double seconds)
    {
        if (seconds is not (>= 0.1 and <= 30))
        {
            throw new BadInputException($"{path}: clipSeconds is {seconds}. Expected 0.1 to 30.");
        }
    }

    /// <summary>The absolute path of a folder that is there.</summary>
    public static string Existing(string path)
    {
        string full = Path.GetFullPath(path);
        return Directory.Exists(full) ? full : throw new BadInputException($"{path}: there is no such folder ({full}). Give the folder that holds the recordings.");
    }

    /// <summary>The names of the class folders, in alphabetical order; those that begin with an underscore or a dot are not words.</summary>
    public static IReadOnlyList<string> ClassFolders(string root)
    {
        string[] names = [.. Directory.EnumerateDirectories(root).Select(static path => Path.GetFileName(path)!)
            .Where(static name => name[0] is not ('_' or '.')).Order(StringComparer.Ordinal)];
        return names.Length > 0 ? names : throw new BadInputException($"{root}: found no class folders. Expected a folder for each class with recordings inside.");
    }

    /// <summary>The recordings of a class folder, by name.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public static IReadOnlyList<FileInfo> ClipsOf(string root, string name)
    {
        FileInfo[] files = [.. new DirectoryInfo(Path.Combine(root, name)).EnumerateFiles().Where(static file => AudioReader.Extensions.Contains(file.Extension))
            .Take(MaxClips + 1).OrderBy(static file => file.Name, StringComparer.Ordinal)];
        return files.Length is > 0 and <= MaxClips
            ? files
            : throw new BadInputException(
                $"{Path.Combine(root, name)}: the class folder has {files.Length} recordings. Expected 1 to {MaxClips} files ending in {string.Join(", ", AudioReader.Extensions)}. " +
                "Put recordings there or remove the folder.");
    }

    /// <summary>The background recordings: of the folder named, else of <c>_background_noise_</c>, if it is there.</summary>
    public static IEnumerable<FoundClip> Noise(string root, string? noise)
    {
        string folder = noise is null ? Path.Combine(root, "_background_noise_") : Existing(noise);
        return !Directory.Exists(folder) ? [] : ClipsOf(Path.GetDirectoryName(folder)!, Path.GetFileName(folder))
            .Select(static file => new FoundClip($"_background_noise_/{file.Name}", Class: null, "", "", Split.Noise, file.FullName));
    }
}
