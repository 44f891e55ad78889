using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.Bench.Training;

/// <summary>
/// BC-ResNet-1 against a plain PyTorch loop over the same libtorch: one step on ready features, and one epoch from the recordings of the test archive with
/// noise and shift drawn anew. Ours and the rival take turns, so that other work on the machine hits both.
/// </summary>
internal sealed class TrainingBenchmark : IBenchmark
{
    private const int Turns = 3;
    private const string Rival = "PyTorch loop";

    public string Name => "training";

    public async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        List<Figure> figures = [];
        foreach (int threads in new[] { 1, 2 })
        {
            say($"training: steps of BC-ResNet-1, {threads} threads");
            figures.Add(Step($"step, batch 100, {threads} threads", threads, fused: true, target: 1.5, say));
        }

        figures.Add(Step("step, batch 100, 1 thread, plain operators", 1, fused: false, target: 0.98, say));
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

    private static Figure Step(string name, int threads, bool fused, double target, Action<string> say)
    {
        double ours = double.PositiveInfinity;
        double? rival = null;
        for (int turn = 0; turn < Turns; turn++)
        {
            ours = Math.Min(ours, TrainingRun.StepSeconds(threads, fused));
            rival = Least(rival, PyTorchRival.Seconds(say, "", "step", $"{threads}"));
        }

        return new(name, "clips/s", TrainingRun.Batch / ours, TrainingRun.Batch / rival, Rival, target);
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
            FeatureSetPlan plan = await TrainingRun.BuildAsync(blobs, clips, folder);
            PlannedClip[] training = [.. plan.Clips.Where(c => c.Split == Split.Train && c.File is not null)];
            string list = string.Concat(training.Select(c => $"{c.File}\t{c.Label}\n"));
            List<Figure> figures = [];
            foreach (int threads in new[] { 1, 2 })
            {
                say($"training: epochs of BC-ResNet-1 over {training.Length} recordings, {threads} threads");
                double? rival = PyTorchRival.Seconds(say, list, "epoch", $"{threads}", clips.Noise);
                double ours = await TrainingRun.EpochSecondsAsync(blobs, plan, threads);
                say($"training: seconds an epoch: ours {ours:F2}, {Rival} {rival:F2}");
                figures.Add(new($"epoch with features, {threads} threads", "clips/s", training.Length / ours, training.Length / rival, Rival, 1));
            }

            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double? Least(double? a, double? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;
}
