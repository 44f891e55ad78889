using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>The background recordings that augmentation mixes in, in the order of their ids.</summary>
internal sealed class NoiseBank(IReadOnlyList<float[]> recordings)
{
    /// <summary>No recordings.</summary>
    public static NoiseBank Empty { get; } = new([]);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => recordings.Count == 0;

    /// <summary>A recording chosen uniformly, and in it a place chosen uniformly.</summary>
    public ReadOnlySpan<float> Crop(int samples, StableRandom random)
    {
        float[] recording = recordings[random.NextInt(recordings.Count)];
        return recording.AsSpan(random.NextInt(recording.Length - samples + 1), samples);
    }
}
