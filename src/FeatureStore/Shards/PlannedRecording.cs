using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Reads the sound of a planned clip, as shards get it.</summary>
public static class PlannedRecording
{
    /// <summary>The clip's samples in [-1, 1] at the plan's rate, as many as it has and none for a clip of zeros.</summary>
    /// <exception cref="BadInputException">The recording is gone, or is not the one that was planned.</exception>
    /// <exception cref="ArgumentException">The clip is a row of an imported array.</exception>
    public static float[] Read(FeatureSetPlan plan, PlannedClip clip)
    {
        using var decoder = new ClipDecoder();
        return decoder.Read(plan, clip).Samples ?? throw new ArgumentException($"The clip '{clip.Id}' is a row of features.", nameof(clip));
    }
}
