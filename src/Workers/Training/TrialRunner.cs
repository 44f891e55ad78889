using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Training;

/// <summary>Runs trials: trains a model on a feature set and measures it. Any number of trials at a time, each on a thread of its own.</summary>
/// <param name="blobs">Holds the feature set, and takes checkpoints and weights under <c>trials/SWEEP/NUMBER/</c>.</param>
/// <param name="time">The clock that measures training; null for the system's. Decides no result.</param>
/// <param name="readers">Threads that read batches ahead; null: as many as the trial has for its arithmetic. Changes no result.</param>
/// <param name="device">The device of this process' trials on CUDA; null: the one that each trial names.</param>
public sealed class TrialRunner(IBlobStore blobs, TimeProvider? time = null, int? readers = null, string? device = null)
{
    /// <summary>Most threads of one trial: more than any machine has is a mistake.</summary>
    private const int MaxThreads = 256;

    /// <summary>Feature sets that lie on the device, shared with other runners of this process; null: batches are sent.</summary>
    internal ResidentSets? Resident { get; init; }

    /// <summary>Takes a device for the calling thread.</summary>
    internal Func<string, ITrialDevice> Take { get; init; } = static name => new TrialDevice(Devices.Find(name, "resources.device"));

    /// <summary>
    /// Runs a trial to its end, from a checkpoint where there is one. The result (but its seconds) is a pure function of the task: a trial cut off
    /// after any epoch and resumed ends in the same weights, bit for bit.
    /// </summary>
    /// <exception cref="PipelineException">The trial failed: its loss is not a number, memory ran out, a class has no clip to train on, its data are corrupt, its model does not fit the features.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; between two steps.</exception>
    public async Task<TrialResult> RunAsync(TrialTask task, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, task.ManifestBlob, cancellationToken);
        return await RunAsync(task.Spec, new FeatureSetData(set, task.Spec, readers), checkpoint, observer, cancellationToken);
    }

    /// <summary>Runs a trial on batches from anywhere.</summary>
    internal async Task<TrialResult> RunAsync(
        TrialSpec spec, ITrialData data, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        Check(spec.Resources);
        byte[]? state = checkpoint is null ? null : await TrialBlobs.GetAsync(blobs, checkpoint.Blob, checkpoint.Sha256, cancellationToken);
        Graph graph = Build(spec, data);
        var run = new TrialRun(spec, graph, data, new TrialBlobs(blobs, spec.Trial), observer, time ?? TimeProvider.System, await Teacher.ReadAsync(spec, blobs, cancellationToken), Resident);

        // A thread of its own: libtorch keeps the number of threads, the stream and whether gradients are recorded for each thread.
        return await Task.Factory.StartNew(
            () =>
            {
                torch.set_num_threads(spec.Resources.Threads);
                try
                {
                    using ITrialDevice taken = Take(spec.Resources.IsCuda && device is not (null or "cpu") ? device : spec.Resources.Device);
                    return run.Run(taken, checkpoint, state, cancellationToken);
                }
                catch (Exception e) when (e is OutOfMemoryException || TorchFaults.Of(e) is TorchMemoryException)
                {
                    throw TrialFailures.OutOfMemory(spec, graph, e);
                }
                catch (ExternalException e)
                {
                    throw TorchFaults.Of(e);
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private static Graph Build(TrialSpec spec, ITrialData data) => ModelZoo.Build(
        spec.Model,
        new Dictionary<string, ParameterValue>(spec.ModelParameters) { ["classes"] = data.Classes.Count },
        data.Bands,
        data.Frames);

    private static void Check(ResourceSpec resources)
    {
        if (resources.Threads is < 1 or > MaxThreads)
        {
            throw new BadInputException(string.Create(
                CultureInfo.InvariantCulture, $"resources.threads is {resources.Threads}. Expected a whole number from 1 to {MaxThreads}."));
        }
    }
}
