using System.Globalization;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Bench.Training;

/// <summary>
/// Training against plain PyTorch loops over the same libtorch: steps of five models on ready features, and epochs of BC-ResNet-1 from the recordings of the
/// test archive with noise and shift drawn anew.
/// </summary>
internal sealed class TrainingBenchmark : IBenchmark
{
    private const string Rival = "PyTorch loop";

    private static readonly int[] Threads = [1, 2];

    public string Name => "training";

    public async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        List<Figure> figures = [.. StepCase.All.SelectMany(step => Threads.Select(threads => StepBenchmark.Measure(step, threads, say)))];
        if (Environment.GetEnvironmentVariable("PIPELINE_DATA") is { Length: > 0 } data)
        {
            figures.AddRange(await EpochsAsync(data, say));
        }
        else
        {
            say("training: PIPELINE_DATA is not set, so no epoch on real recordings is measured");
        }

        return figures;
    }

    private static async Task<IReadOnlyList<Figure>> EpochsAsync(string data, Action<string> say)
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-bench-").FullName;
        try
        {
            var clips = new SpeechCommandsData
            {
                Path = Path.Combine(data, "speech_commands_test_v0.02"),
                Noise = Path.Combine(data, "speech_commands_background_noise"),
                Split = SplitRule.SpeakerHash,
            };
            var blobs = new DirectoryBlobStore(folder);
            FeatureSetPlan plan = await EpochRun.BuildAsync(blobs, clips, folder);
            PlannedClip[] training = [.. plan.Clips.Where(c => c.Split == Split.Train && c.File is not null)];
            string list = string.Concat(training.Select(c => $"{c.File}\t{c.Label}\n"));
            List<Figure> figures = [];
            foreach (int threads in Threads)
            {
                say($"training: epochs of BC-ResNet-1 over {training.Length} recordings, {threads} threads");
                using PyTorchRival? rival = PyTorchRival.Start(say, "epoch", threads.ToString(CultureInfo.InvariantCulture), clips.Noise);
                double? theirs = rival?.Seconds(say, list, last: true);
                (double ours, double atWork) = await EpochRun.MeasureAsync(blobs, plan, threads);
                say($"training: seconds an epoch: ours {ours:F2}, {Rival} {theirs:F2}");
                figures.Add(new($"epoch with features, {threads} threads", "clips/s", training.Length / ours, training.Length / theirs, Rival, 1));
                figures.Add(new($"not waiting for the loader, {threads} threads", "% of time", 100 * atWork, null, "none", 99, TargetIsRatio: false));
            }

            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
