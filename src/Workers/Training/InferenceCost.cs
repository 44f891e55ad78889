using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Training;

/// <summary>What a trained model costs on this machine, a clip at a time.</summary>
public sealed record InferenceCost
{
    /// <summary>Inferences before the timed ones, in which memory is taken and code compiled.</summary>
    private const int WarmUp = 20;

    /// <summary>Parameters as the model's source counts them.</summary>
    public required int Parameters { get; init; }

    /// <summary>Bytes of the weights' file.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Most bytes of activations alive at one time, in float32: counted, as values are kept until their last use.</summary>
    public required long PeakActivationBytes { get; init; }

    /// <summary>Most bytes of memory that this process had, program and libtorch included.</summary>
    public required long PeakRssBytes { get; init; }

    /// <summary>Seconds of an inference, features to probabilities: the median.</summary>
    public required double MedianSeconds { get; init; }

    /// <summary>Seconds that 95 of 100 inferences take at most.</summary>
    public required double P95Seconds { get; init; }

    /// <summary>Seconds from a second of sound to its features: the median.</summary>
    public required double FrontEndMedianSeconds { get; init; }

    /// <summary>Measures a model version on noise, whose values cost what others cost.</summary>
    /// <param name="description">The model.</param>
    /// <param name="blobs">Hold its weights.</param>
    /// <param name="inferences">Inferences that are timed.</param>
    /// <param name="threads">Threads of an inference.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptDataException">The weights are gone, changed or of another model.</exception>
    public static async Task<InferenceCost> MeasureAsync(
        ModelDescription description, IBlobStore blobs, int inferences, int threads, CancellationToken cancellationToken)
    {
        IFrontEnd frontEnd = FrontEnds.Get(description.FrontEnd);
        Graph graph = ModelZoo.Build(description.Model, description.ModelParameters, frontEnd.Bands, description.Frames);
        byte[] weights = await TrialBlobs.GetAsync(blobs, description.WeightsBlob, description.WeightsSha256, cancellationToken);
        (double[] model, double[] features) = await Task.Factory.StartNew(
            () => Time(graph, weights, description, inferences, threads, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return new InferenceCost
        {
            Parameters = ModelZoo.Find(description.Model)!.Total(graph),
            WeightBytes = weights.Length,
            PeakActivationBytes = (long)graph.PeakActivationBytes * sizeof(float),
            PeakRssBytes = Process.GetCurrentProcess().PeakWorkingSet64,
            MedianSeconds = Quantile(model, 0.5),
            P95Seconds = Quantile(model, 0.95),
            FrontEndMedianSeconds = Quantile(features, 0.5),
        };
    }

    /// <summary>The value that a share of the values does not exceed: the nearest rank.</summary>
    internal static double Quantile(double[] values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    private static (double[] Model, double[] Features) Time(
        Graph graph, byte[] weights, ModelDescription description, int inferences, int threads, CancellationToken cancellationToken)
    {
        torch.set_num_threads(threads);
        IFrontEnd frontEnd = FrontEnds.Get(description.FrontEnd);
        using ModelState state = ModelState.Load(graph, Safetensors.Read(weights, description.WeightsBlob).Tensors, description.WeightsBlob);
        GraphExecutor executor = new(graph, state);
        using IDisposable off = torch.no_grad();
        float[] samples = new float[frontEnd.SampleRate];
        float[] input = new float[frontEnd.Bands * description.Frames];
        double[] model = new double[inferences];
        double[] features = new double[inferences];
        for (int i = -WarmUp; i < inferences; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StableRandom random = StableRandom.For(0, "inference", i);
            foreach (ref float sample in samples.AsSpan())
            {
                sample = (float)(0.1 * random.NextGaussian());
            }

            long begun = Stopwatch.GetTimestamp();
            frontEnd.Compute(samples, input);
            double before = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            begun = Stopwatch.GetTimestamp();
            using (torch.NewDisposeScope())
            {
                Tensor logits = executor.Forward(torch.tensor(input, [1, 1, frontEnd.Bands, description.Frames]), null);
                functional.softmax(logits, 1).Floats();
            }

            if (i >= 0)
            {
                (features[i], model[i]) = (before, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            }
        }

        return (model, features);
    }
}
