using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A small made-up data set in the Speech Commands layout: noise bursts for words, enough for all splits.</summary>
internal static class TinyData
{
    private static readonly string[] Words = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "bed", "cat"];

    public static AugmentSpec Noisy { get; } = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1), new RollStep(2)] };

    public static SpeechCommandsData Write(string folder, int speakers = 24)
    {
        foreach (string word in Words)
        {
            Directory.CreateDirectory(Path.Combine(folder, word));
            for (int speaker = 0; speaker < speakers; speaker++)
            {
                var random = StableRandom.For(1, word, speaker);
                float[] samples = [.. Enumerable.Range(0, 8000 + random.NextInt(8001)).Select(_ => (float)random.NextDouble(-0.5, 0.5))];
                string name = $"{(uint)StableRandom.Derive(1, "speaker", speaker):x8}_nohash_0.wav";
                File.WriteAllBytes(Path.Combine(folder, word, name), WavWriter.ToBytes(samples, 16_000));
            }
        }

        string noise = Path.Combine(folder, "_background_noise_");
        Directory.CreateDirectory(noise);
        foreach (int seed in (int[])[1, 2])
        {
            var random = new StableRandom((ulong)seed);
            File.WriteAllBytes(Path.Combine(noise, $"noise{seed}.wav"), WavWriter.ToBytes([.. Enumerable.Range(0, 50_000).Select(_ => (float)random.NextDouble(-1, 1))], 16_000));
        }

        return new() { Path = folder, Split = SplitRule.SpeakerHash };
    }

    public static Task<FeatureSetPlan> Plan(DataDefinition data, AugmentSpec? augment, string frontEnd = "log-mel-40-torchaudio") =>
        FeatureSetPlanner.PlanAsync(new(data, frontEnd, augment), Path.GetTempPath(), null, null, CancellationToken.None);
}
