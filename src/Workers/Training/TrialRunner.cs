using Pipeline.Contracts;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Training;

/// <summary>Runs trials: trains a model on a feature set and measures it.</summary>
/// <param name="blobs">Holds the feature set, and takes checkpoints and weights under <c>trials/SWEEP/NUMBER/</c>.</param>
public sealed class TrialRunner(IBlobStore blobs)
{
    /// <summary>
    /// Runs a trial to its end, from a checkpoint where there is one. The result is a pure function of the task: a trial cut off after any epoch
    /// and resumed ends in the same weights, bit for bit.
    /// </summary>
    /// <exception cref="PipelineException">The trial failed: its loss is not a number, its data are corrupt, its model does not fit the features.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; between two steps.</exception>
    public Task<TrialResult> RunAsync(TrialTask task, Checkpoint? checkpoint, ITrialObserver observer, CancellationToken cancellationToken)
    {
        _ = blobs;
        return Task.FromException<TrialResult>(new PipelineException("Training is not there yet."));
    }
}
