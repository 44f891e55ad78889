using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>Hears of a trial as it runs. Called on the trial's thread, never concurrently.</summary>
public interface ITrialObserver
{
    /// <summary>An epoch ended and its checkpoint, if any, is stored. Returns once the report was heard; who does not want the trial to go on cancels it.</summary>
    void EpochEnded(EpochReport report);

    /// <summary>A line for the trial's log.</summary>
    void Log(string line);
}

/// <summary>What one epoch measured.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Metrics">By name: <c>learningRate train/loss train/accuracy train/gradientNorm val/loss val/accuracy val/batchAccuracy val/uar val/macroF1</c>; all but losses and rate are fractions. The validation
/// metrics are absent where the feature set has no validation split.</param>
/// <param name="Checkpoint">Where the trial can go on after this epoch.</param>
/// <param name="ClipsPerSecond">Training clips over the epoch's wall-clock seconds.</param>
public sealed record EpochReport(int Epoch, SortedDictionary<string, double> Metrics, Checkpoint? Checkpoint, double ClipsPerSecond);
