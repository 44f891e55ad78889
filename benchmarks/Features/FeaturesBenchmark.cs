using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Bench.Features;

/// <summary>From recordings to batches: the front end, the batch loader, building and opening a set.</summary>
internal sealed class FeaturesBenchmark : IBenchmark
{
    private const int ClipsPerWord = 150;
    private const string FrontEnd = "log-mel-40-torchaudio";
    private static readonly AugmentSpec Augment = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };

    public string Name => "features";

    public async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        say("features: log-mel 1.A on one thread, here and in torchaudio");
        double logMel = LogMel();
        double? torchaudio = await TorchaudioAsync(say);
        List<Figure> figures = [new("log-mel 1.A, one thread", "clips/s", logMel, torchaudio, "torchaudio, one thread", 4)];
        string folder = Directory.CreateTempSubdirectory("pipeline-bench-").FullName;
        try
        {
            say("features: a set built from recordings, then read with noise and shift");
            figures.AddRange(await SetAsync(folder, torchaudio));
            figures.AddRange(ShardFigures.Measure(say));
            figures.AddRange(await LoaderFigures.MeasureAsync(Path.Combine(folder, "loader"), say));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return figures;
    }

    private static double LogMel()
    {
        IFrontEnd frontEnd = FrontEnds.Get(FrontEnd);
        float[][] clips = [.. Enumerable.Range(0, 100).Select(static i => Noise(i, 16_000))];
        var features = new float[frontEnd.Bands * frontEnd.FramesFor(16_000)];
        return Rates.BestOf(clips.Length, () =>
        {
            foreach (float[] clip in clips)
            {
                frontEnd.Compute(clip, features);
            }
        });
    }

    private static async Task<IReadOnlyList<Figure>> SetAsync(string folder, double? torchaudio)
    {
        WriteRecordings(folder);
        var blobs = new DirectoryBlobStore(Path.Combine(folder, "blobs"));
        var data = new SpeechCommandsData { Path = Path.Combine(folder, "data"), Split = SplitRule.SpeakerHash };
        double built = 0, features = 0, opened = 0;
        FeatureSet? set = null;
        // The first build warms up; of the others the best counts.
        for (int round = 0; round < 4; round++)
        {
            var watch = Stopwatch.StartNew();
            FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(data, FrontEnd, Augment), folder, null, null, CancellationToken.None);
            FeatureSetManifest manifest = await BuildAsync(blobs, plan);
            built = Math.Max(built, plan.Clips.Count / watch.Elapsed.TotalSeconds);
            watch.Restart();
            set?.Dispose();
            set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
            opened = Math.Max(opened, manifest.Bytes / watch.Elapsed.TotalSeconds / 1e9);
            watch.Restart();
            FeatureSetPlan stored = await FeatureSetPlanner.PlanAsync(new(data, FrontEnd, Augment: null), folder, null, null, CancellationToken.None);
            await BuildAsync(blobs, stored);
            features = Math.Max(features, stored.Clips.Count / watch.Elapsed.TotalSeconds);
        }

        double loaded = Read(set!);
        set!.Dispose();
        return
        [
            new("noise, shift and log-mel, one reader", "clips/s", loaded, torchaudio, "torchaudio's log-mel alone", 3000, TargetIsRatio: false),
            new("recordings to audio shards, one machine", "clips/s", built, null, "none", null, Cores: Environment.ProcessorCount),
            new("recordings to feature shards, one machine", "clips/s", features, torchaudio, "torchaudio's log-mel alone", null, Cores: Environment.ProcessorCount),
            new("open a set", "GB/s", opened, Rates.MemoryCopy(), "memory copy", null),
        ];
    }

    private static async Task<FeatureSetManifest> BuildAsync(IBlobStore blobs, FeatureSetPlan plan)
    {
        var shards = new ShardResult[plan.ShardCount];
        await Parallel.ForAsync(0, shards.Length, async (shard, token) => shards[shard] = await ShardBuilder.BuildAsync(blobs, plan, shard, token));
        FeatureSetManifest manifest = FeatureSetManifest.Create(plan, shards);
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), manifest.ToBytes(), CancellationToken.None);
        return manifest;
    }

    private static double Read(FeatureSet set)
    {
        var loader = new BatchLoader(set, new() { Split = Split.Train, FrontEnd = FrontEnd, Augment = Augment, Shuffle = true, Readers = 1 });
        int epoch = 0;
        return Rates.BestOf(loader.RowCount, () =>
        {
            foreach (FeatureBatch batch in loader.ReadEpoch(epoch++, CancellationToken.None))
            {
                _ = batch.Count;
            }
        });
    }

    private static void WriteRecordings(string folder)
    {
        string[] words = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "bed"];
        foreach (string word in words)
        {
            string path = Directory.CreateDirectory(Path.Combine(folder, "data", word)).FullName;
            for (int i = 0; i < ClipsPerWord; i++)
            {
                File.WriteAllBytes(Path.Combine(path, $"{(uint)StableRandom.Derive(1, "speaker", i):x8}_nohash_0.wav"), WavWriter.ToBytes(Noise(i, 16_000), 16_000));
            }
        }

        string noise = Directory.CreateDirectory(Path.Combine(folder, "data", "_background_noise_")).FullName;
        File.WriteAllBytes(Path.Combine(noise, "white.wav"), WavWriter.ToBytes(Noise(0, 960_000), 16_000));
    }

    private static float[] Noise(int seed, int samples)
    {
        var random = new StableRandom((ulong)seed);
        return [.. Enumerable.Range(0, samples).Select(_ => (float)random.NextDouble(-0.5, 0.5))];
    }

    private static async Task<double?> TorchaudioAsync(Action<string> say)
    {
        // Debian's python3-torchaudio belongs to Debian's Python, not to another one that may come first on the path.
        string script = Path.Combine(AppContext.BaseDirectory, "Features", "torchaudio_rival.py");
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            Task<string> output = python.StandardOutput.ReadToEndAsync(), error = python.StandardError.ReadToEndAsync();
            await python.WaitForExitAsync();
            if (python.ExitCode == 0)
            {
                return double.Parse(await output, CultureInfo.InvariantCulture);
            }

            say($"features: torchaudio cannot be measured: {(await error).Trim().Split('\n')[^1]} (apt-get install python3-torchaudio)");
        }
        catch (Win32Exception e)
        {
            say($"features: torchaudio cannot be measured: {e.Message}");
        }

        return null;
    }
}
