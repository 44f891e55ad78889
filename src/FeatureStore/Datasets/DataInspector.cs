using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Looks at a data set and says what it holds: classes, splits, speakers, copies, rates and lengths. Changes nothing.</summary>
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
        FoundClip[][] copies = Copies(recordings, read);
        return new()
        {
            Licences = DataLicences.Of(data),
            Classes = found.Classes,
            ClipsByClass = BySplit(clips, split => CountsOf(split, found.Classes)),
            Clips = BySplit(clips, static split => split.Count()),
            Balance = BySplit(clips, split => BalanceOf(CountsOf(split, found.Classes), found.Classes)),
            Speakers = BySplit(clips, static split => split.Where(static clip => clip.Speaker.Length > 0).Select(static clip => clip.Speaker).Distinct().Count()),
            SpeakerLeaks = SpeakerLeaks(clips),
            Duplicates = [.. copies.Select(static same => same.Select(static clip => clip.Id).ToArray())],
            CopyLeaks = Named(copies, static clip => clip.Split),
            CopyConflicts = Named(copies, static clip => clip.Class),
            SampleRates = new(read.GroupBy(static r => r.Rate).ToDictionary(static group => group.Key, static group => group.Count())),
            Seconds = Quantiles([.. read.Where((_, i) => recordings[i].Split != Split.Noise).Select(static r => r.Seconds).Order()]),
            NoiseRecordings = found.Clips.Count - clips.Length,
        };
    }

    private static SortedDictionary<string, T> BySplit<T>(FoundClip[] clips, Func<IEnumerable<FoundClip>, T> count) =>
        new(clips.GroupBy(static clip => clip.Split).ToDictionary(static split => SplitNames.Of(split.Key), split => count(split)));

    private static int[] CountsOf(IEnumerable<FoundClip> split, IReadOnlyList<string> classes)
    {
        Dictionary<string, int> counts = split.GroupBy(static clip => clip.Class!).ToDictionary(static same => same.Key, static same => same.Count());
        return [.. classes.Select(name => counts.GetValueOrDefault(name))];
    }

    private static ClassBalance BalanceOf(int[] counts, IReadOnlyList<string> classes)
    {
        (int largest, int smallest) = (Array.IndexOf(counts, counts.Max()), Array.IndexOf(counts, counts.Min()));
        return new(classes[largest], counts[largest], classes[smallest], counts[smallest]);
    }

    private static IReadOnlyList<SpeakerLeak> SpeakerLeaks(FoundClip[] clips) =>
    [
        .. clips.Where(static clip => clip.Speaker.Length > 0).GroupBy(static clip => clip.Speaker)
            .Select(static speaker => new SpeakerLeak(speaker.Key, BySplit([.. speaker], static split => split.Count())))
            .Where(static leak => leak.Clips.Count > 1).OrderBy(static leak => leak.Speaker, StringComparer.Ordinal),
    ];

    // Parts of one file are copies where they are the same part.
    private static FoundClip[][] Copies(FoundClip[] recordings, (string Sha256, int Rate, double Seconds)[] read) =>
    [
        .. recordings.Zip(read, static (clip, r) => (Clip: clip, Sound: (r.Sha256, clip.Reading?.Start, clip.Reading?.End)))
            .GroupBy(static pair => pair.Sound, static pair => pair.Clip)
            .Select(static same => (FoundClip[])[.. same.OrderBy(static clip => clip.Id, StringComparer.Ordinal)])
            .Where(static same => same.Length > 1).OrderBy(static same => same[0].Id, StringComparer.Ordinal),
    ];

    // The groups whose clips differ in something.
    private static IReadOnlyList<IReadOnlyList<CopiedClip>> Named<T>(FoundClip[][] copies, Func<FoundClip, T> by) =>
    [
        .. copies.Where(same => same.Select(by).Distinct().Skip(1).Any())
            .Select(static same => same.Select(static clip => new CopiedClip(clip.Id, clip.Class, SplitNames.Of(clip.Split))).ToArray()),
    ];

    private static IReadOnlyList<double> Quantiles(double[] sorted) => sorted.Length == 0 ? [] : [sorted[0], sorted[sorted.Length / 2], sorted[^1]];
}
