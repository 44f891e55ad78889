using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;
using Pipeline.Workers.Torch;
using Pipeline.Workers.Training;

namespace Pipeline.Bench.Training;

/// <summary>Our side: steps and epochs of BC-ResNet-1 as trials run them.</summary>
internal static class TrainingRun
{
    public const int Batch = 100;

    private const int Frames = 101;
    private const int Steps = 8;
    private const int WarmUp = 2;
    private const int Epochs = 3;
    private const string FrontEnd = "log-mel-40-torchaudio";

    private static readonly AugmentSpec Augment = new() { Steps = [new ShiftStep(100), new NoiseStep(0.1, 1)] };

    /// <summary>Median seconds of a training step on features that are already there.</summary>
    public static double StepSeconds(int threads, bool fused) => OnOwnThread(threads, () =>
    {
        Graph graph = ModelZoo.Build("bc-resnet", new Dictionary<string, ParameterValue>(), 40, Frames);
        using ModelState state = ModelState.Initialize(graph, 1);
        using Optimizer optimizer = torch.optim.SGD(state.Parameters, 0.1, momentum: 0.9, weight_decay: 0.001);
        var executor = new GraphExecutor(graph, state, fused ? ExecutionPlan.Fused(graph) : ExecutionPlan.Plain(graph));
        var masks = new StableMasks(1);
        StableRandom random = StableRandom.For(1, "features");
        float[] features = [.. Enumerable.Range(0, Batch * 40 * Frames).Select(_ => (float)random.NextGaussian())];
        long[] labels = [.. Enumerable.Range(0, Batch).Select(i => i % 12L)];
        var times = new List<double>();
        for (int step = 1; step <= Steps; step++)
        {
            long begun = Stopwatch.GetTimestamp();
            using DisposeScope scope = torch.NewDisposeScope();
            masks.BeginStep(step);
            Tensor logits = executor.Forward(torch.tensor(features, [Batch, 1, 40, Frames]), masks);
            Tensor loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels, [Batch]));
            loss.backward();
            optimizer.step(step);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        times.RemoveRange(0, WarmUp);
        times.Sort();
        return times[times.Count / 2];
    });

    /// <summary>Plans and builds the feature set of the recordings.</summary>
    public static async Task<FeatureSetPlan> BuildAsync(IBlobStore blobs, DataDefinition data, string folder)
    {
        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(new(data, FrontEnd, Augment), folder, null, CancellationToken.None);
        var shards = new ShardResult[plan.ShardCount];
        await Parallel.ForAsync(0, shards.Length, async (shard, token) => shards[shard] = await ShardBuilder.BuildAsync(blobs, plan, shard, token));
        await blobs.PutAsync(FeatureSetManifest.BlobKey(plan.Id), FeatureSetManifest.Create(plan, shards).ToBytes(), CancellationToken.None);
        return plan;
    }

    /// <summary>Least seconds of an epoch over the training split: audio read, augmented, turned into features and trained on.</summary>
    public static async Task<double> EpochSecondsAsync(IBlobStore blobs, FeatureSetPlan plan, int threads)
    {
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
        TrialSpec spec = new()
        {
            Trial = new TrialId(new SweepId("bench"), 0),
            Model = "bc-resnet",
            ModelParameters = [],
            FeatureSet = plan.Id,
            FrontEnd = FrontEnd,
            Augment = Augment,
            Train = new TrainSpec { Epochs = Epochs },
            Resources = new ResourceSpec { Threads = threads },
            Seed = 1,
        };
        return OnOwnThread(threads, () =>
        {
            var data = new FeatureSetData(set, spec);
            Graph graph = ModelZoo.Build(spec.Model, new Dictionary<string, ParameterValue> { ["classes"] = data.Classes.Count }, data.Bands, data.Frames);
            using var trainer = new Trainer(spec, graph, data);
            double least = double.PositiveInfinity;
            for (int epoch = 1; epoch <= Epochs; epoch++)
            {
                long begun = Stopwatch.GetTimestamp();
                trainer.TrainEpoch(epoch, CancellationToken.None);
                least = Math.Min(least, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            }

            return least;
        });
    }

    /// <summary>As trials run: libtorch keeps the number of threads for each thread.</summary>
    private static double OnOwnThread(int threads, Func<double> measure)
    {
        double result = 0;
        var thread = new Thread(() =>
        {
            torch.set_num_threads(threads);
            result = measure();
        });
        thread.Start();
        thread.Join();
        return result;
    }
}
