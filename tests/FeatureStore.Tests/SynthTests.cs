using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Tests;

public sealed class SynthTests
{
    private static readonly SynthData Small = new() { ClipsPerWord = 12, Seed = 3 };

    [ToolFact("espeak-ng")]
    public async Task Synthesised_speech_is_the_same_after_a_killed_run_and_is_sound()
    {
        using var folder = new TemporaryFolder();
        string first = await SpeechSynthesizer.SynthesizeAsync(Small, folder["a"], null, CancellationToken.None);

        // As a kill leaves it: no finish marker, some clips missing, one half written.
        Directory.CreateDirectory(folder["b"]);
        string second = Path.Combine(folder["b"], Path.GetFileName(first));
        foreach (string file in Directory.EnumerateFiles(first, "*.wav", SearchOption.AllDirectories).Where(static file => file.Contains("yes", StringComparison.Ordinal)))
        {
            string copy = file.Replace(first, second, StringComparison.Ordinal);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllBytes(Path.Combine(second, "yes", "00000000_nohash_0.wav.1.partial"), [1, 2, 3]);
        Assert.Equal(second, await SpeechSynthesizer.SynthesizeAsync(Small, folder["b"], null, CancellationToken.None));
        string[] names = Names(first);
        Assert.Equal(names, Names(second));
        Assert.Equal((10 * 12) + (20 * 5) + 6, names.Length);
        foreach (string name in names)
        {
            Assert.True(File.ReadAllBytes(Path.Combine(first, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(second, name))), name);
            AudioClip clip = AudioReader.Read(Path.Combine(first, name));
            float peak = clip.Samples.Max(Math.Abs);
            Assert.True(peak is > 0.1f and < 0.95f, $"{name}: peak {peak}");
            Assert.Equal(name.StartsWith("_background", StringComparison.Ordinal) ? 320_000 : 16_000, clip.Samples.Length);
        }
    }

    [ToolFact("espeak-ng")]
    public async Task The_definition_is_checked()
    {
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(
            () => SpeechSynthesizer.SynthesizeAsync(new() { ClipsPerWord = 1 }, Path.GetTempPath(), null, CancellationToken.None));
        Assert.Contains("clipsPerWord", e.Message, StringComparison.Ordinal);
    }

    [ToolFact("espeak-ng")]
    public async Task Synthesised_speech_makes_a_feature_set_of_twelve_classes_in_three_splits()
    {
        using var folder = new TemporaryFolder();
        var augment = new AugmentSpec { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(Small, "log-mel-40-torchaudio", augment), folder.Path, null, null, CancellationToken.None);
        FeatureSetPlan again = await FeatureSetPlanner.PlanAsync(new(Small, "log-mel-40-torchaudio", augment), folder.Path, null, null, CancellationToken.None);
        Assert.Equal(plan.Id, again.Id);
        Assert.All(Enum.GetValues<Split>(), split => Assert.Contains(plan.Clips, clip => clip.Split == split));
        Assert.Equal(12, plan.Clips.Where(static clip => clip.Split == Split.Train).Select(static clip => clip.Label).Distinct().Count());
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.wav", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
