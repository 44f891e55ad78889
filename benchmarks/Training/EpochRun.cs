using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;
using Pipeline.Workers.Training;

namespace Pipeline.Bench.Training;

/// <summary>Epochs of BC-ResNet-1 as trials run them: audio read, augmented, turned into features and trained on.</summary>
internal static class EpochRun
{
    private const int Epochs = 3;
    private const string FrontEnd = "log-mel-40-torchaudio";

    private static readonly AugmentSpec Augment = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };

    /// <summary>Plans and builds the feature set of the recordings.</summary>
    public static async Task<FeatureSetPlan> BuildAsync(IBlobStore blobs, DataDefinition data, string folder)
    {
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(data, FrontEnd, Augment), folder, null, null, CancellationToken.None);
        var shards = new ShardResult[plan.ShardCount];
        await Parallel.ForAsync(0, shards.Length, async (shard, token) => shards[shard] = await ShardBuilder.BuildAsync(blobs, plan, shard, token));
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, shards).ToBytes(), CancellationToken.None);
        return plan;
    }

    /// <summary>The shortest of some epochs over the training split.</summary>
    /// <returns>Its seconds, and the share of them, 0 to 1, in which it did not wait for the loader.</returns>
    public static async Task<(double Seconds, double AtWork)> MeasureAsync(IBlobStore blobs, FeatureSetPlan plan, int threads)
    {
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
        TrialSpec spec = StepCase.All[0].Spec(threads) with { FeatureSet = plan.Id, FrontEnd = FrontEnd, Augment = Augment };
        (double Seconds, double AtWork) best = (double.PositiveInfinity, 0);
        OwnThread.Run(threads, () =>
        {
            var data = new WatchedData(new FeatureSetData(set, spec));
            Graph graph = ModelZoo.Build(spec.Model, new Dictionary<string, ParameterValue> { ["classes"] = data.Classes.Count }, data.Bands, data.Frames);
            using var trainer = new Trainer(spec, graph, data);
            for (int epoch = 1; epoch <= Epochs; epoch++)
            {
                (long begun, TimeSpan waited) = (Stopwatch.GetTimestamp(), data.Waited);
                trainer.TrainEpoch(epoch, CancellationToken.None);
                double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                best = seconds < best.Seconds ? (seconds, 1 - ((data.Waited - waited).TotalSeconds / seconds)) : best;
            }
        });
        return best;
    }
}
