using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Edge.Artifacts;

/// <summary>What artifacts are calibrated and verified on, taken from the feature set that a model was trained on.</summary>
public static class FeatureSetClips
{
    // Decides which training rows calibrate: always the same ones of a set.
    private const ulong CalibrationSeed = 0;

    /// <summary>Features [bands, frames] of training rows without augmentation, <see cref="ArtifactBuilder.MaxCalibrationClips"/> at most.</summary>
    /// <param name="set">The feature set, open.</param>
    /// <param name="frontEnd">The model's front end.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static IReadOnlyList<float[]> Calibration(FeatureSet set, string frontEnd, CancellationToken cancellationToken)
    {
        var loader = new BatchLoader(set, new LoaderOptions
        {
            Split = Split.Train,
            FrontEnd = frontEnd,
            Seed = CalibrationSeed,
            Shuffle = true,
            BatchSize = ArtifactBuilder.MaxCalibrationClips,
        });
        int size = loader.Bands * loader.Frames;
        FeatureBatch? batch = loader.ReadEpoch(0, cancellationToken).FirstOrDefault();
        return batch is null ? [] : [.. Enumerable.Range(0, batch.Count).Select(i => batch.Features[(i * size)..((i + 1) * size)])];
    }

    /// <summary>The recordings of the test split as 16-bit sound, each read when it is asked for.</summary>
    /// <param name="plan">The feature set's plan, which names the files.</param>
    /// <exception cref="BadInputException">The test split has no recordings, or (while reading) one is not the one that was planned.</exception>
    public static IEnumerable<LabelledClip> Verification(FeatureSetPlan plan)
    {
        PlannedClip[] recordings = [.. Recordings(plan)];
        return recordings.Length > 0 ? recordings.Select(c => LabelledClip.From(c.Id, c.Label, PlannedRecording.Read(plan, c))) : throw new BadInputException(
            $"The test split of feature set {plan.Id} has no recordings, and boards are verified from sound. Add a data set of recordings to it (mix), for example the test archive of Speech Commands.");
    }

    /// <summary>How many recordings <see cref="Verification"/> gives.</summary>
    public static int Count(FeatureSetPlan plan) => Recordings(plan).Count();

    private static IEnumerable<PlannedClip> Recordings(FeatureSetPlan plan) => plan.Clips.Where(c => c.Split == Split.Test && c.Row is null);
}
