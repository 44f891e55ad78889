using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Looks at a data set and says what it holds: classes, splits, speakers, duplicates, rates and lengths. Changes nothing.</summary>
public static class DataInspector
{
    /// <summary>Reads every recording of a data set. <paramref name="dataFolder"/> is where synthesised data is kept.</summary>
    /// <exception cref="BadInputException">The definition is wrong or a recording cannot be read.</exception>
    public static async Task<DataReport> InspectAsync(
        DataDefinition data, string dataFolder, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        FoundData found = await DataScanner.ScanAsync(data, dataFolder, progress, cancellationToken);
        FoundClip[] clips = [.. found.Clips.Where(static clip => clip.Split != Split.Noise)];
        FoundClip[] recordings = [.. found.Clips.Where(static clip => clip.File is not null && clip.Row is null)];
        var read = new (string Sha256, int Rate, double Seconds)[recordings.Length];
        int done = 0;
        await Parallel.ForAsync(0, recordings.Length, cancellationToken, (i, _) =>
        {
            byte[] bytes = AudioReader.ReadBytes(recordings[i].File!);
            AudioClip clip = (recordings[i].Reading ?? new()).Section(AudioReader.Decode(bytes, recordings[i].File!), recordings[i].File!);
            read[i] = (ContentHash.Of(bytes).Hex, clip.SampleRate, (double)clip.Samples.Length / clip.SampleRate);
            progress?.Report(new("reading recordings", Interlocked.Increment(ref done), recordings.Length));
            return ValueTask.CompletedTask;
        });
        return new()
        {
            Licences = DataLicences.Of(data),
            Classes = found.Classes,
            ClipsByClass = BySplit(clips, split => found.Classes.Select(name => split.Count(clip => clip.Class == name)).ToArray()),
            Clips = BySplit(clips, static split => split.Count()),
            Speakers = BySplit(clips, static split => split.Where(static clip => clip.Speaker.Length > 0).Select(static clip => clip.Speaker).Distinct().Count()),
            LeakedSpeakers =
            [
                .. clips.Where(static clip => clip.Speaker.Length > 0).GroupBy(static clip => clip.Speaker)
                    .Where(static speaker => speaker.Select(static clip => clip.Split).Distinct().Skip(1).Any()).Select(static speaker => speaker.Key).Order(StringComparer.Ordinal),
            ],
            Duplicates = Duplicates(recordings, read),
            SampleRates = new(read.GroupBy(static r => r.Rate).ToDictionary(static group => group.Key, static group => group.Count())),
            Seconds = Quantiles([.. read.Where((_, i) => recordings[i].Split != Split.Noise).Select(static r => r.Seconds).Order()]),
            NoiseRecordings = found.Clips.Count - clips.Length,
        };
    }

    private static SortedDictionary<string, T> BySplit<T>(FoundClip[] clips, Func<IEnumerable<FoundClip>, T> count) =>
        new(clips.GroupBy(static clip => clip.Split).ToDictionary(static split => SplitNames.Of(split.Key), split => count(split)));

    private static IReadOnlyList<IReadOnlyList<string>> Duplicates(FoundClip[] recordings, (string Sha256, int Rate, double Seconds)[] read) =>
    [
        .. recordings.Zip(read, static (clip, r) => (clip.Id, Sound: (r.Sha256, clip.Reading?.Start, clip.Reading?.End)))
            .GroupBy(static pair => pair.Sound)
            .Select(static same => (string[])[.. same.Select(static pair => pair.Id).Order(StringComparer.Ordinal)])
            .Where(static ids => ids.Length > 1).OrderBy(static ids => ids[0], StringComparer.Ordinal),
    ];

    private static IReadOnlyList<double> Quantiles(double[] sorted) => sorted.Length == 0 ? [] : [sorted[0], sorted[sorted.Length / 2], sorted[^1]];
}
