using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets.Synthesis;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>
/// Makes speech offline with espeak-ng, in the Speech Commands layout: ten keywords, twenty other words, many voices, background recordings.
/// Every file is a pure function of the definition, the file's name and espeak-ng's version. A killed run goes on where it was.
/// </summary>
public static class SpeechSynthesizer
{
    // Counted up when the same definition gives another sound.
    private const int Version = 1;
    private const int MinClipsPerWord = 10, MaxClipsPerWord = 10_000;
    private const string FinishMarker = ".finished";

    private static readonly string[] OtherWords =
    [
        "bed", "bird", "cat", "dog", "eight", "five", "four", "happy", "house", "marvin", "nine", "one", "seven", "sheila", "six", "three", "tree", "two", "wow", "zero",
    ];

    /// <summary>Makes the data, where it is not there yet, in a folder of its own under <paramref name="dataFolder"/>; gives that folder.</summary>
    /// <exception cref="BadInputException">The definition is out of range.</exception>
    /// <exception cref="PipelineException">espeak-ng is missing or fails.</exception>
    public static async Task<string> SynthesizeAsync(SynthData data, string dataFolder, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        if (data.ClipsPerWord is < MinClipsPerWord or > MaxClipsPerWord)
        {
            throw new BadInputException($"clipsPerWord of the synthesised data is {data.ClipsPerWord}. Expected {MinClipsPerWord} to {MaxClipsPerWord}.");
        }

        string recipe = $"{JsonSerializer.Serialize(data, FeatureStoreJson.Default.SynthData)} version {Version} {await Espeak.VersionAsync(cancellationToken)}";
        string folder = Path.Combine(Path.GetFullPath(dataFolder), $"synth-{ContentHash.OfText(recipe).Hex[..16]}");
        string marker = Path.Combine(folder, FinishMarker);
        if (File.Exists(marker))
        {
            return folder;
        }

        await WriteAllAsync(data, folder, progress, cancellationToken);
        await PublishAsync(marker, Encoding.UTF8.GetBytes(recipe), cancellationToken);
        return folder;
    }

    // The twelve classes take a tenth of the keywords' count of them, spread over twenty words; five speakers reach all three splits.
    private static int OtherClips(SynthData data) => Math.Max(5, data.ClipsPerWord / 6);

    private static async Task WriteAllAsync(SynthData data, string folder, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        float[][] noises = [.. NoiseMaker.Names.Select(name => NoiseMaker.Make(name, data.Seed))];
        foreach (string name in (string[])[.. TwelveClasses.Keywords, .. OtherWords, "_background_noise_"])
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        for (int i = 0; i < noises.Length; i++)
        {
            await PublishAsync(Path.Combine(folder, "_background_noise_", NoiseMaker.Names[i] + ".wav"), WavWriter.ToBytes(noises[i], Synthesis.Resampler.OutputRate), cancellationToken);
        }

        (string Word, int Speaker)[] clips =
        [
            .. TwelveClasses.Keywords.SelectMany(word => Enumerable.Range(0, data.ClipsPerWord).Select(speaker => (word, speaker))),
            .. OtherWords.SelectMany(word => Enumerable.Range(0, OtherClips(data)).Select(speaker => (word, speaker))),
        ];
        int done = 0;
        await Parallel.ForEachAsync(clips, cancellationToken, async (clip, token) =>
        {
            await WriteClipAsync(data.Seed, clip.Word, clip.Speaker, folder, noises, token);
            int count = Interlocked.Increment(ref done);
            if (count % 50 == 0 || count == clips.Length)
            {
                progress?.Report(new("synthesising speech", count, clips.Length));
            }
        });
    }

    private static async Task WriteClipAsync(ulong seed, string word, int speaker, string folder, float[][] noises, CancellationToken cancellationToken)
    {
        Voice voice = Voice.Of(seed, speaker);
        string path = Path.Combine(folder, word, $"{voice.Speaker}_nohash_0.wav");
        if (File.Exists(path))
        {
            return;
        }

        StableRandom random = StableRandom.For(seed, "clip:" + word, speaker);
        int pitch = voice.Pitch + random.NextInt(11) - 5, pace = voice.WordsPerMinute + random.NextInt(31) - 15;
        float[] spoken = await Espeak.SpeakAsync(word, voice, pitch, pace, TemporaryName(path), cancellationToken);
        await PublishAsync(path, WavWriter.ToBytes(WordClip.Make(spoken, noises, random), Synthesis.Resampler.OutputRate), cancellationToken);
    }

    // A name of this process's own, which no scan takes for a recording; renamed when whole, so that a file that is there is whole.
    private static string TemporaryName(string path) => $"{path}.{Environment.ProcessId}.partial";

    private static async Task PublishAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        string temporary = TemporaryName(path);
        try
        {
            await File.WriteAllBytesAsync(temporary, bytes, cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"{path}: the recording cannot be written: {e.Message} Make room there, then run again: what is finished stays.", e);
        }
    }
}
